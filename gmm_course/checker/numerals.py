"""Numbers that are written as words."""

NUMERALS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
ROUGHLY = ("half", "third", "quarter", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred")


def numeral(word: str) -> int | None:
    """The number that a word from "zero" to "twenty" names, in either case; None for any other word."""
    plain = word.strip(" .,;:!?()").lower()
    return NUMERALS.index(plain) if plain in NUMERALS else None
