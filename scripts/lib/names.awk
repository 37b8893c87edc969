# Reads the sources of the core and prints, as file:line: text, every place outside a comment where it
# names a provider. `names` holds the providers, parted by blanks; emulator/providers is not read.
# In comments a provider's name is an example for the reader; code that needs one has a fact of that
# provider, which belongs into its contract.
BEGIN {
  count = split(names, list, " ")
  # Where a name may stand, and why.
  may["emulator/control/openapi.json"] = "examples of answers"
  may["emulator/control/page/tasks.js"] = "the first steps that a person is shown"
  may["emulator/compare/secrets.cc"] = "forms of keys that are hidden, whosever recording it is"
}

FILENAME in may { next }

{
  code = tolower($0)
  if (FILENAME !~ /\.(json|html|py)$/) sub(/(^|[^:])\/\/.*/, "", code)
  if (FILENAME ~ /\.py$/) sub(/#.*/, "", code)
  for (i = 1; i <= count; i++)
    if (code ~ "(^|[^a-z0-9])" list[i] "([^a-z0-9]|$)") {
      printf "%s:%d: the core names the provider %s; what is a fact of one belongs into its contract\n", FILENAME, FNR, list[i]
      bad = 1
    }
}

END { exit bad }
