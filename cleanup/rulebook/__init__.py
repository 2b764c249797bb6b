"""The rule book: packs of TOML rules and bulk lexicons, checked, compiled and looked up by first token.

What authors write is in `model`, `reader` and `lint`; they are imported when a book has to be compiled or
looked into.  The engine needs only `compiled`.
"""

from cleanup.rulebook.compiled import CompiledRule, Form, Rulebook, load_rulebook, made_up_rule

__all__ = ["CompiledRule", "Form", "Rulebook", "load_rulebook", "made_up_rule"]
