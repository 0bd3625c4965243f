"""What needs two stages: a stage and the store, or one stage after another.

A stage knows nothing of another one; here they meet, and the workspace calls it. A module is named
by what it does, and a joint of one stage with the store like the stage (``train``, ``training``).
"""
