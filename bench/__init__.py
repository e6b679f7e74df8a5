"""`make bench`: the speed and the memory of recording mail, beside servers that throw it away.

Every server is a process of its own, and so is the client that sends. Nothing here is a test: no
figure is asserted, but a mail that was acknowledged and is not in the database fails the run.
"""
