# Reads C++ files named from the project's root (emulator/<layer>/...) and prints, as file:line: text,
# every include that points to a later layer, every third-party header outside its folder, and every
# place in the core that asks the system for the time or for chance.
#
# A layer may include itself and those before it. `providers` and `control` stand side by side, and
# so do the providers; the files directly in emulator/ put everything together.

BEGIN {
  count = split("os base tls http image task contract scenario sandbox webhook state fleet judge pipeline", layers, " ")
  for (i = 1; i <= count; i++) rank[layers[i]] = i
  rank["providers"] = rank["control"] = count + 1
  rank["compare"] = count + 2
  rank["config"] = count + 3
  rank["app"] = count + 4
  rank["main"] = count + 5

  # Which files may include a third-party header that begins so.
  home["boost/"] = "^emulator/http/"
  home["yaml-cpp/"] = "^emulator/base/yaml"
  home["stb_"] = home["stb/"] = home["webp/"] = "^emulator/image/"
  home["fribidi"] = "^emulator/image/"
  home["zlib.h"] = "^emulator/(image/|compare/inflate\\.cc$)"
  home["sqlite3.h"] = "^emulator/state/sqlite"
  home["hiredis/"] = "^emulator/state/redis"
  home["CLI/"] = "^emulator/(config/|main\\.cc$)"

  asks_time = "::now *\\(|clock_gettime|gettimeofday|[^a-z_.>]time\\((nullptr|NULL|0)\\)"
  may_ask_time = "^emulator/(os/|base/clock\\.h$|http/|app|main\\.cc$)"
  asks_chance = "random_device|[^a-z_]s?rand(om)?\\(|arc4random|getrandom|getentropy"
  may_ask_chance = "^emulator/(base/random\\.(h|cc)$|app|main\\.cc$)"
}

function report(text) { printf "%s:%d: %s\n", FILENAME, FNR, text; bad = 1 }

# The layer of a file; the unit within it (a single provider) goes to `unit`.
function layer_of(file,  part) {
  unit = ""
  if (split(file, part, "/") == 2) return part[2] == "main.cc" ? "main" : "app"
  if (part[2] == "providers" && part[4] != "") unit = part[3]
  return part[2]
}

FNR == 1 {
  own = layer_of(FILENAME)
  own_unit = unit
  if (!(own in rank)) report("this folder is none of the layers; name it in scripts/lib/layers.awk")
}

{ code = $0; sub(/\/\/.*/, "", code) }

code ~ /^ *# *include *"emulator\// {
  file = code
  sub(/^[^"]*"/, "", file)
  sub(/".*/, "", file)
  layer = layer_of(file)
  if (rank[layer] > rank[own]) report("layer " own " includes the later layer " layer)
  else if (rank[layer] == rank[own] && (layer != own || (unit != "" && unit != own_unit)))
    report(own (own_unit ? "/" own_unit : "") " includes its neighbour " layer (unit ? "/" unit : ""))
  next
}

code ~ /^ *# *include/ {
  file = code
  sub(/^[^"<]*["<]/, "", file)
  for (start in home)
    if (index(file, start) == 1 && FILENAME !~ home[start])
      report("third-party header " start "... outside its folder")
  next
}

code ~ asks_time && FILENAME !~ may_ask_time { report("asks the system for the time; take a Clock instead") }
code ~ asks_chance && FILENAME !~ may_ask_chance { report("asks the system for chance; take a Random instead") }

END { exit bad }
