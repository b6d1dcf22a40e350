# Turn the files of sql/ into the table ep_migrations of C strings.
# A file's number is its name's leading digits.

BEGIN {
    print "/* Generated from sql/ by sql/embed.awk. */"
    print "#include \"store/portal_private.h\""
    print "const ep_migration_t ep_migrations[] = {"
}

FNR == 1 {
    if (count++) {
        print "    },"
    }
    name = FILENAME
    sub(/.*\//, "", name)
    sub(/\.sql$/, "", name)
    number = name
    sub(/_.*/, "", number)
    printf "    { %d, \"%s\",\n", number, name
}

{
    line = $0
    sub(/[ \t]*--.*$/, "", line)
    if (line == "") {
        next
    }
    gsub(/\\/, "\\\\", line)
    gsub(/"/, "\\\"", line)
    printf "      \"%s\\n\"\n", line
}

END {
    print "    }"
    print "};"
    print "const int ep_migration_count ="
    print "    (int) (sizeof(ep_migrations) / sizeof(ep_migrations[0]));"
}
