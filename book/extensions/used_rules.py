"""The rules of a style sheet that can apply on given pages: those whose classes and identifiers occur there."""

import re
from itertools import pairwise

import tinycss2

CONDITIONAL = {"media", "supports"}


def names_on(pages, scripts):
    """What a class or an identifier can be: those of the pages (HTML), and every word of the scripts."""
    attributes = [found for page in pages for found in re.findall(r'\b(?:class|id)="([^"]*)"', page)]
    return {name for text in attributes for name in text.split()} | {
        name for text in scripts for name in re.findall(r"[\w-]+", text)
    }


def used(sheet, names):
    """The text of a style sheet without the rules that need other names than these."""
    kept, of_others = [], []
    for text, only_for in rules(tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True), names):
        (of_others if only_for else kept).append((text, only_for))
    said = "\n".join(text for text, _ in kept)
    return "\n".join(text for text, only_for in of_others if only_for in said) + "\n" + said


def rules(parsed, names):
    """Each rule that can apply, as text, and the font or animation that it is for, if it is for one."""
    for rule in parsed:
        if rule.type == "qualified-rule":
            heads = [tinycss2.serialize(one).strip() for one in selectors(rule.prelude) if asked(one) <= names]
            if heads:
                yield f"{','.join(heads)}{{{tinycss2.serialize(rule.content).strip()}}}", None
        elif rule.type == "at-rule" and rule.lower_at_keyword in CONDITIONAL:
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            text = "".join(text for text, _ in rules(inner, names))
            if text:
                yield f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{text}}}", None
        elif rule.type == "at-rule":
            yield rule.serialize(), subject(rule)


def selectors(prelude):
    """The selectors of a rule, which commas part, as lists of tokens."""
    parts = [[]]
    for token in prelude:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def asked(selector):
    """The classes and identifiers that a selector needs. (What ``:not()`` and its kin hold, it need not find.)"""
    classes = {name.value for dot, name in pairwise(selector) if dot == "." and name.type == "ident"}
    return classes | {token.value for token in selector if token.type == "hash"}


def subject(rule):
    """The family of a ``@font-face``, the name of ``@keyframes``: of no use where no rule says it."""
    if rule.lower_at_keyword == "font-face":
        return re.search(r"font-family:\s*[\"']?([^\"';}]+)", rule.serialize())[1]
    return tinycss2.serialize(rule.prelude).strip() if rule.lower_at_keyword.endswith("keyframes") else None
