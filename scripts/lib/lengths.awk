# Reads C++ files and prints, as file:line: text, those that are too long to be about one thing; with
# -v functions=1 reads a line for each function (file, first line, name, last line) and prints those.
# A table, or a switch with a line for each word, may be as long as it has rows.

BEGIN {
  most_lines = 400
  most_in_function = 60
  tables["emulator/config/limit_flags.cc:limit_flags"]
  tables["emulator/contract/wording.cc:words_of"]
  tables["emulator/contract/wording_zod.cc:message_of"]
  tables["emulator/http/message.cc:standard_reason"]
  tables["emulator/providers/fal/facts.cc:fact_rows"]
}

functions {
  lines = $4 - $2 + 1
  if (lines > most_in_function && !(($1 ":" $3) in tables)) {
    printf "%s:%d: %s has %d lines, more than %d: give its parts names\n", $1, $2, $3, lines, most_in_function
    bad = 1
  }
  next
}

FNR == most_lines + 1 {
  printf "%s:%d: more than %d lines: split it along its ideas\n", FILENAME, FNR, most_lines
  bad = 1
}

END { exit bad }
