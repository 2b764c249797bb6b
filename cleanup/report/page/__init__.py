"""The parts of the HTML report: the text with its marks, the summary, the list, the data and the assets.

`cleanup.report.as_html` puts them together.  What the page shows without a script is made here; the script
in ``js/`` reads the embedded data and adds the sidebar, the decisions and the exports.
"""
