#!/usr/bin/perl
# Style: what a reader may rely on in every file, checked by machine.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";

use EPortal::Source qw(root files slurp code_of strings_of);
use Test::More;

my $FILE_LINES = 700;
my $FUNCTION_LINES = 60;

# Functions that may be longer, each with its reason. Keep this short.
my %LONG_FUNCTION = (
);

my @c = files(qr{\.[ch]$});
my @product = grep { m{^(?:lib|kc-eportal-cli|ngx_eportal_module)/} } @c;
my @formatted = grep { m{^(?:lib|kc-eportal-cli|t/unit|t/fuzz)/} } @c;
my @module = grep { m{^ngx_eportal_module/} } @c;
my @perl = grep { !/\.sh$/ && (/\.(?:t|pm|pl)$/ || slurp($_) =~ m{\A#!.*perl}) }
    files(qr{^(?:t|packaging|sql)/(?!.*\.(?:c|h|bin|bz2|gz|xz|zst|tar)$)});
my @shell = grep { /\.sh$/ || slurp($_) =~ m{\A#!.*\b(?:ba)?sh\b} }
    files(qr{^(?:t|packaging|\.ci)/(?!.*\.(?:c|h|t|pm|bin)$)});
my @web = files(qr{^(?:web/(?!.*node_modules).*|t/browser/.*)\.(?:tsx?|mjs|css)$});
@web = grep { !m{/schema\.ts$} } @web;
my @text = (@c, @web, @perl, @shell, files(qr{\.(?:md|sql|awk|conf|8)$}), 'Makefile',
    'config', '.ci/packages');
@text = grep { -f root($_) } @text;
my %seen;
@text = grep { !$seen{$_}++ } @text;


# "path:line: text" of each line that matches.
sub lines_with {
    my ($pattern, $reader, @paths) = @_;
    my @hits;

    for my $path (@paths) {
        my $line = 0;
        for my $text (split /\n/, $reader->($path)) {
            $line++;
            push @hits, "$path:$line: $text" if $text =~ $pattern;
        }
    }
    return join "\n", @hits;
}


# [name, first line, lines between the braces, body] of each function; the
# formatter puts both braces into column 0.
sub functions_of {
    my ($path) = @_;
    my @lines = split /\n/, code_of($path);
    my @found;
    my ($start, $name);

    for my $i (0 .. $#lines) {
        if ($lines[$i] eq '{') {
            $start = $i;
            my $head = join ' ', @lines[($i > 8 ? $i - 8 : 0) .. $i - 1];
            ($name) = $head =~ /.*(?:^|[\s*])(\w+)\s*\((?:[^()]|\([^()]*\))*\)\s*$/;
        }
        if ($lines[$i] =~ /^\}\s*$/ && defined $start) {
            push @found, [
                $name // '?', $start + 1, $i - $start - 1,
                join("\n", @lines[$start .. $i])
            ];
            undef $start;
        }
    }
    return @found;
}


subtest 'text files' => sub {
    is(lines_with(qr/[ \t\r]+$/, \&slurp, @text), '', 'no trailing blanks');
    is(lines_with(qr/\t/, \&slurp, @c, @perl), '', 'no tabs');
    is(join(' ', grep { slurp($_) !~ /[^\n]\n\z/ } @text), '',
        'one newline at the end');
    is(join(' ', grep { (slurp($_) =~ tr/\n//) > $FILE_LINES }
            @c, @perl, @shell, @web), '', "no file is over $FILE_LINES lines");
    is(lines_with(qr/\b(?:TODO|FIXME|XXX|HACK)\b/, \&slurp,
            grep { $_ ne 't/style.t' } @text), '', 'nothing is left for later');
};

subtest 'first words' => sub {
    is(join(' ', grep { slurp($_) !~ m{\A/\*} } @c), '',
        'a C file begins with a comment');
    is(join(' ', grep { slurp($_) !~ m{\A--} } files(qr{^sql/.*\.sql$})), '',
        'so does a migration');
    is(join(' ', grep { slurp($_) !~ m{\A(?:#!.*\n)?#+ \S} } @perl, @shell),
        '', 'and a script, below #!');
};

subtest 'C' => sub {
    my $banned = join '|', qw(
        strcpy strcat sprintf vsprintf strtok atoi atol atoll gmtime localtime
        asctime ctime system popen rand srand tmpnam tempnam mktemp alloca gets
    );
    is(lines_with(qr/(?<![\w.>])(?:$banned)\s*\(/, \&code_of, @c), '',
        'ASVS 1.2.5: no shell is run, nor another banned function called');
    is(lines_with(qr{//}, \&code_of, @c), '', 'comments are /* */');
    is(lines_with(qr/^.{81,}/, \&slurp, @c), '', 'lines are 80 columns');
    is(lines_with(qr/^\s*(?:if|for|while)\s*\(.*[;]\s*$/, sub {
                my $code = code_of($_[0]);
                $code =~ s/^\s*for\s*\([^;]*;[^;]*;.*$//gm;
                $code =~ s/\}\s*while\s*\(.*//g;
                return $code;
            }, @product), '', 'braces are never left out');

    my @long;
    for my $path (@product) {
        for my $function (functions_of($path)) {
            my ($name, $line, $lines) = @$function;
            push @long, "$path:$line: $name has $lines lines"
                if $lines > $FUNCTION_LINES && !$LONG_FUNCTION{"$path $name"};
        }
    }
    is(join("\n", @long), '', "no function is over $FUNCTION_LINES lines");
};

subtest 'the console' => sub {
    like(slurp('web/.npmrc'), qr/^engine-strict=true$/m,
        'another Node than the pinned one builds nothing');
    like(slurp('web/package.json'), qr/"engines": \{\s*"node": ">=\d+ <\d+"/,
        '... and which one that is, is said');
    is(join(' ', grep { slurp($_) !~ m{\A(?://|/\*) \S} } @web), '',
        'a file begins with a comment');
    is(lines_with(qr/^.{101,}/, \&slurp, @web), '', 'lines are 100 columns');
    is(lines_with(qr/dangerouslySetInnerHTML|\binnerHTML\b|\beval\(|\bany\b[\[\];,>)]|\@ts-(?:ignore|expect-error|nocheck)/,
            \&slurp, grep { m{^web/src/} } @web), '',
        'text stays text, and types are kept');
    is(lines_with(qr{https?://(?!www\.w3\.org/)[a-z]}, sub {
                slurp($_[0]) =~ s{^\s*//.*$}{}gmr;
            }, grep { m{^web/src/.*\.(?:tsx?|css)$} } @web), '',
        'no other host is named');
    # A brace that a merge lost takes every rule behind it away.
    is(join("\n", grep {
        my $css = slurp($_) =~ s{/\*.*?\*/}{}gsr;
        ($css =~ tr/{//) != ($css =~ tr/}//)
    } grep { /\.css$/ } @web), '', 'every rule of a style sheet ends');
};

subtest 'clang-format' => sub {
    my $out = qx(cd @{[ root() ]} && \\
        clang-format --dry-run -Werror @formatted 2>&1);

    is($? >> 8, 0, 'lib/, kc-eportal-cli/ and the C tests are formatted')
        or diag substr($out, 0, 4000), "\nRun `make format`.";
};

subtest 'nginx style of the module' => sub {
    is(lines_with(qr/\b(?:sqlite3|curl|ldap|json_object)_/, \&code_of, @module),
        '', 'libraries are called through libeportal');
    my @tight;
    for my $path (@module) {
        my $code = slurp($path);
        # Two blank lines between functions, as nginx has them.
        push @tight, $path
            if $code =~ /^\}\n\n?(?!\n)(?=[a-z][\w *]*\n[a-z]\w*\()/m;
    }
    is(join(' ', @tight), '', 'two blank lines between functions');
    is(lines_with(qr/\bif \(!(?:r|c|ctx|p|job|conf|task)\)/, \&code_of, @module),
        '', 'pointers are compared with NULL');
};

subtest 'every test tests' => sub {
    my @suites = files(qr{^t/.*\.t$});
    my $assert = qr/\b(?:ok|is|isnt|is_deeply|like|unlike|cmp_ok|subtest|run_browser)\b/;

    is(join(' ', grep { slurp($_) !~ $assert } @suites), '',
        'a suite asserts something');
    is(join(' ', grep { slurp($_) !~ /\bdone_testing\b|tests\s*=>\s*\d/ }
            @suites), '', 'and says when it is done');
    is(lines_with(qr/\bskip(?:_all)?\b.*[;{]|\bSKIP:|\bTODO:|\bok\(1\b/,
            \&slurp, grep { $_ ne 't/style.t' } @suites, files(qr{^t/.*\.pm$})),
        '', 'nothing is skipped');

    my @idle;
    for my $path (files(qr{^t/unit/.*\.c$})) {
        my @functions = functions_of($path);
        my $code = code_of($path);
        my %asserts;

        # A helper that asserts counts, and one that calls it.
        for (1 .. 3) {
            my $known = join '|', 'assert_\w+', 'fail(?:_msg)?', keys %asserts;
            for my $function (@functions) {
                $asserts{ $function->[0] } = 1
                    if $function->[3] =~ /\b(?:$known)\s*\(/;
            }
        }
        # All names first: counting uses would move the position in $code.
        my @names = $code =~ /^static void\n(\w+)\(void \*\*\w+\)\n\{/gm;
        for my $name (@names) {
            my $uses = () = $code =~ /\b$name\b/g;
            push @idle, "$path: $name asserts nothing" if !$asserts{$name};
            push @idle, "$path: $name is never run" if $uses < 2;
        }
    }
    is(join("\n", @idle), '', 'a unit test asserts something and is run');
};

done_testing();
