"""Screening papers for tortured phrases: terms of a field that a program put in other words.

`paper` reads text, Markdown, HTML and PDF (`pdf`, `layout`, `mending`), `apparatus` says what in it is not
its author's prose, `phrases` and `features` find terms in tortured words, `screen` puts the evidence of one
paper together, `many` goes through papers in processes, `reports` and `as_html` write it down.
"""
