#!/usr/bin/perl
# openapi.yaml as the C string ep_openapi, in JSON: what the portal serves.
# perl lib/http/embed-openapi.pl lib/http/openapi.yaml > openapi.c

use strict;
use warnings;

use JSON::PP ();
use YAML::PP ();

my $document = YAML::PP->new(boolean => 'JSON::PP')->load_file($ARGV[0]);
my $json = JSON::PP->new->canonical->ascii->encode($document);

print "/* Generated from $ARGV[0]. */\n#include \"http/private.h\"\n\n",
    "static const char text[] =\n";
for my $piece ($json =~ /(.{1,70})/gs) {
    $piece =~ s/([\\"])/\\$1/g;
    print "    \"$piece\"\n";
}
print "    ;\n\nconst ep_str_t ep_openapi = { text, sizeof(text) - 1 };\n";
