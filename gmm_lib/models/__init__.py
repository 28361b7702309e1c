"""Other models for the driver :mod:`gmm_lib.em`: the same E and M in turn, what they compute is another matter.

Each module is one model, and reads like its equations: its parameters are a small record, ``e_step`` and ``m_step`` are
functions of the data, and ``fit`` hands them to the driver.
"""
