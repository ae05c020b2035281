"""Lists of delegates as offices have them: pasted text, CSV, XLSX and ODS, in memory that the sender does not decide.

``read(content)`` takes what was uploaded (bytes) or pasted (text) and gives a ``DelegateList``: each line with its
number, the person that it names, and what is wrong with it. What is no such list at all is ``Refused`` with its reason.
"""

from gateway.lists.delegates import FIELDS, DelegateList, Line, read
from gateway.lists.tables import LARGEST_FILE, MOST_ROWS
from gateway.lists.template import template

__all__ = ["FIELDS", "LARGEST_FILE", "MOST_ROWS", "DelegateList", "Line", "read", "template"]
