"""The planner: where the training days are held, who goes where, when and with whom.

A pure package: no framework and no database, one value in (``Problem``) and one out (``Plan`` or ``Infeasible``).

``problem`` says what is asked and answered, ``checks`` what cannot be planned and why, ``travel`` what a trip costs,
``hosts`` and ``assignment`` choose and fill the rooms, ``bound`` proves how far from the best that can be, ``calendar``
finds dates, trainers and webinars, ``planning`` leads from one to the other, ``verify`` and ``verify_calendar`` check
the result without believing any of them, and ``worker`` runs it all in a process of its own.
"""
