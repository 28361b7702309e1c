"""The right answers, one module a homework: ``ANSWERS`` gives one for each exercise that is compared with one.

Nothing here is imported where an exercise is declared. The checker brings the two together when it judges, so that
exercises can be read where the answers are not at hand.
"""
