"""The AWS plane: one process around moto's server application, one account per environment.

`plane` starts, asks and ends the process; everything else runs inside of it: `server` (entry) serves `app` (the WSGI layer that gives
every request its account, its clock and its identifiers, and writes the journal) around moto with a few `patches`. `journal` and
`snapshot` bring the state back after a restart.
"""
