"""The types of the standard math module, which users annotate their code with."""

from math import *
