"""How the rule book grows: one rule, a list, pairs of documents, a corpus; and how it is measured."""
