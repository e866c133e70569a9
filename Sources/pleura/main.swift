// Kept to one call: code in main.swift is bound to the main actor, which Dispatch workers are not.
PleuraCommand.main()
