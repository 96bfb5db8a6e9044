# Durations of stack files (ISO 8601) in days, and Kubernetes quantities in base units.
package mlops.lib.units

# Days of a duration that is at least a day, counted as the platform counts them: a year has 365 days, a month 30.
days(duration) := sum([n |
	some part in regex.find_all_string_submatch_n(`([0-9]+)([YMWD])`, date_part(duration), -1)
	n := to_number(part[1]) * days_of[part[2]]
])

date_part(duration) := split(duration, "T")[0]

days_of := {"Y": 365, "M": 30, "W": 7, "D": 1}

# Seconds of the time part of a duration (``PT1H30M``).
clock_seconds(duration) := sum([n |
	parts := split(duration, "T")
	count(parts) == 2
	some part in regex.find_all_string_submatch_n(`([0-9]+)([HMS])`, parts[1], -1)
	n := to_number(part[1]) * seconds_of[part[2]]
])

seconds_of := {"H": 3600, "M": 60, "S": 1}

# Seconds of any duration.
seconds(duration) := (days(duration) * 86400) + clock_seconds(duration)
