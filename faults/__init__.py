"""The fault suite: everything is killed, cut, filled and slowed, and then the mail is counted.

`python -m faults` runs it; a sender that behaves like an MTA sends again whatever was put off or
lost, and afterwards every 250 has to be recorded exactly once.
"""
