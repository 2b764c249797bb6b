"""Fixed terms: established expressions that are recognised through what a spinner made of their words.

*Brain organization* stands in no rule, but *brain* is written for *neural*, *organization* for *network*, and
*neural network* is a term.  `reader` reads the lists, `index` compiles them, `find` looks for them in a
document.
"""

from cleanup.terms.find import TermFinder
from cleanup.terms.index import TermIndex, load_terms

__all__ = ["TermFinder", "TermIndex", "load_terms"]
