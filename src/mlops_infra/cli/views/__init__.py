"""How results look to people: functions from plain data to Rich renderables; nothing here decides anything."""
