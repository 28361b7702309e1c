"""The widgets that the page shows: both sides know them by a number, and tell each other what changes in them."""

from itertools import count

VIEW = "application/vnd.jupyter.widget-view+json"  # as notebooks call it

shown = {}
numbers = count(1)


def number_of(widget):
    """The number of a widget that is shown, or None."""
    return next((number for number, one in shown.items() if one is widget), None)


def show(widget):
    """The number of a widget, which from now on the page may change."""
    number = number_of(widget) or next(numbers)
    shown[number] = widget
    return number


def receive(number, changes):
    """Take what the page has changed of a widget."""
    if number in shown:
        shown[number].receive(changes)


def close(number):
    """The page shows it no more."""
    shown.pop(number, None)
