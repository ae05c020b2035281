"""The planner: where the training days are held, who goes where, when and with whom.

A pure package: no framework and no database, one value in (``Problem``) and one out (``Plan`` or ``Infeasible``).

``problem``, ``rules`` and ``seas`` say what is asked, ``plan`` what is answered, ``checks`` and ``clashes`` what cannot
be planned and why, ``travel`` what a trip costs. ``survey`` makes of it the ``terrain`` of the search. ``siting`` leads
``search`` and ``bound`` side by side: ``hosts`` and ``assignment`` choose and fill the rooms, the bound, with its
``crowds``, proves how far from the best that can be, and tells the search which hosts are worth a thought. ``carrying``
starts from a previous plan. ``calendar`` finds dates, trainers and webinars, ``planning`` leads from one to the other.
``parts`` are of bodies that may be split, and ``room`` tries what would make room for a question without an answer.
``verify``, ``certificate`` and ``verify_calendar`` check plan and bound without believing any of them, and ``worker``
runs it all in a process of its own.
"""
