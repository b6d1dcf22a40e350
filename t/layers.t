#!/usr/bin/perl
# The layers: an arrow may only point down, each foreign library has one home,
# and the library prints nothing, ends nothing and reads no environment.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";

use EPortal::Source qw(root files slurp code_of strings_of);
use Test::More;

# Rooms of lib/, lowest first; rooms of one line may not see each other.
my @ORDER = (
    ['base'],
    ['config'],
    ['net'],
    ['store'],
    [ 'auth', 'patchset', 'source' ],
    [ 'agent', 'replica' ],
    ['ops'],
    ['http'],
);

# The room that each public header belongs to.
my %HEADER = (
    (map { $_ => 'base' } qw(addr arena buf err log product str)),
    (map { $_ => 'config' } qw(config)),
    (map { $_ => 'store' } qw(audit feed job key patchset portal server server_list
        waiting session
        throttle token user)),
    (map { $_ => 'auth' } qw(auth oidc)),
    ldap => 'auth',
    (map { $_ => 'source' } qw(cache source)),
    agent => 'agent',
    (map { $_ => 'ops' } qw(daemon doctor remove_key settings status storage)),
    http  => 'http',
);

# Header => the only files that may include it.
my %HOME = (
    'sqlite3.h'       => qr{^lib/store/},
    'store/db.h'      => qr{^lib/store/},
    'store/portal_private.h' => qr{^lib/store/},
    'pcre2.h'         => qr{^lib/base/pattern\.c$},
    'libsmartcols/libsmartcols.h' => qr{^kc-eportal-cli/},
    'systemd/sd-daemon.h' => qr{^kc-eportal-cli/cmd_daemon\.c$},
);

# Included by one file at most, whichever that is.
my @SINGLE = qw(archive.h zlib.h curl/curl.h ldap.h openldap.h);

my %rank;
for my $i (0 .. $#ORDER) {
    $rank{$_} = $i for @{ $ORDER[$i] };
}

my @lib = files(qr{^lib/(?!include/).*\.[ch]$});
my @public = files(qr{^lib/include/});
my @cli = files(qr{^kc-eportal-cli/.*\.[ch]$});
my @module = files(qr{^ngx_eportal_module/.*\.[ch]$});


sub includes {
    my ($path) = @_;
    my $text = slurp($path);
    my @found;

    push @found, $1 while $text =~ /^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)/gm;
    return @found;
}


# Lines of code, without comments and strings, that match.
sub grep_code {
    my ($pattern, @paths) = @_;
    my @hits;

    for my $path (@paths) {
        my $line = 0;
        for my $text (split /\n/, code_of($path)) {
            $line++;
            push @hits, "$path:$line: $text" if $text =~ $pattern;
        }
    }
    return join "\n", @hits;
}


# May a file of this room include that header?
sub downwards {
    my ($room, $header) = @_;
    my $other;

    if ($header =~ m{^eportal/(\w+)\.h$}) {
        $other = $HEADER{$1};
        return 0 if !defined $other;
        return $other eq $room || $rank{$other} < $rank{$room};
    }
    if ($header =~ m{^(\w+)/}) {
        $other = $1;
        return 1 if !exists $rank{$other};
        return $other eq $room || $rank{$other} < $rank{$room};
    }
    return 1;
}


subtest 'includes point down' => sub {
    my @wrong;

    for my $path (@lib) {
        my ($room) = $path =~ m{^lib/([^/]+)/};

        if (!exists $rank{$room}) {
            push @wrong, "$path: lib/$room has no place in the order";
            next;
        }
        for my $header (includes($path)) {
            push @wrong, "$path includes $header"
                if !downwards($room, $header);
        }
    }
    for my $path (@public) {
        my ($name) = $path =~ m{^lib/include/eportal/(\w+)\.h$};

        if (!defined $name || !defined $HEADER{$name}) {
            push @wrong, "$path belongs to no room (see \%HEADER)";
            next;
        }
        for my $header (includes($path)) {
            push @wrong, "$path includes $header"
                if !downwards($HEADER{$name}, $header);
        }
    }
    is(join("\n", @wrong), '', 'in lib/');

    @wrong = ();
    for my $path (@cli, @module) {
        my ($own) = $path =~ m{^([^/]+)/};

        for my $header (includes($path)) {
            next if $header !~ m{/} && -e root("$own/$header");
            push @wrong, "$path includes $header"
                if $header =~ m{\.\./} || $header =~ m{^(\w+)/}
                && exists $rank{$1} || $header =~ m{^lib/};
        }
    }
    is(join("\n", @wrong), '',
        'module and CLI see public headers and their own only');
};

subtest 'foreign headers have one home' => sub {
    my %users;

    for my $path (@lib, @public, @cli, @module) {
        push @{ $users{$_} }, $path for includes($path);
    }
    for my $header (sort keys %HOME) {
        is(join(' ', grep { !/$HOME{$header}/ } @{ $users{$header} || [] }),
            '', "$header");
    }
    for my $header (@SINGLE) {
        cmp_ok(scalar @{ $users{$header} || [] }, '<=', 1,
            "$header is included by one file")
            or diag join "\n", @{ $users{$header} };
    }
    my @json = grep { m{^json-c/|^json\.h$} } sort keys %users;
    is(join("\n", map { grep { !m{^lib/(?!include/)} } @{ $users{$_} } }
            @json), '', 'json-c is used inside lib only');
};

subtest 'names stay in their room' => sub {
    is(grep_code(qr/\bngx_/, @lib, @public, @cli), '',
        'ngx_ is named by the module only');
    is(grep_code(qr/\b(?:sqlite3|curl|ldap|archive_(?:read|entry)|json_object)_/,
            @public, @cli, @module), '',
        'no foreign library is called above lib');
    is(grep_code(qr/\b(?:v?printf|puts|putchar|perror)\s*\(|\bstd(?:out|err)\b/,
            @lib, @public, @module), '', 'only the CLI prints');
    is(grep_code(qr/\b(?:syslog|openlog)\s*\(/, @lib, @cli, @module), '',
        'nothing writes to syslog');
    is(grep_code(
            qr/\b(?:(?:secure_)?getenv|setenv|putenv|_?exit|abort)\s*\(/,
            @lib, @public, @module), '',
        'the library reads no environment and ends nothing');
    is(grep_code(qr/\benviron\b/, @lib, @public, @module), '',
        'environ is named by the CLI only');
};

subtest 'SQL lives in lib/store' => sub {
    my $sql = qr{
        ^\s*(?:SELECT|PRAGMA|SAVEPOINT|VACUUM|ATTACH)\s
        | \bINSERT\s(?:OR\s\w+\s)?INTO\s | \bDELETE\sFROM\s
        | \bUPDATE\s\w+\sSET\s | \bCREATE\s(?:TABLE|INDEX|TRIGGER)\s
        | \bSELECT\s.*\sFROM\s
    }x;
    my @wrong;

    for my $path (grep({ !m{^lib/store/} } @lib), @public, @cli, @module) {
        push @wrong, map { "$path: $_" } grep { $_ =~ $sql } strings_of($path);
    }
    is(join("\n", @wrong), '', 'no SQL elsewhere');

    my @store = files(qr{^lib/store/.*\.c$});
    is(grep_code(qr/\bsqlite3_(?:exec|prepare\w*|v?mprintf|v?snprintf)\s*\(/,
            grep { !m{/(?:db|migrate)\.c$} } @store), '',
        'statements are prepared in one place');

    # ep_stmt() takes a named text: what is composed has no such name.
    @wrong = ();
    for my $path (@store) {
        my $code = code_of($path);

        while ($code =~ /\bep_stmt\s*\(\s*[\w>.-]+\s*,\s*([^()]*?)\)/g) {
            push @wrong, "$path: ep_stmt(..., $1)"
                if $1 !~ /^(?:\w+ \? )?sql\w*(?: : sql\w*)?$/;
        }
        while ($code =~ /^\s*((?:static |const |char )+)\**(sql_\w+)\b[^=;]*=/gm) {
            push @wrong, "$path: $2 is not static const"
                if $1 !~ /static const/;
        }
    }
    is(join("\n", @wrong), '', 'statements are constant texts');
};

subtest 'an entity file owns its table' => sub {
    my %writers;

    for my $path (files(qr{^lib/store/.*\.c$})) {
        for my $text (strings_of($path)) {
            while ($text =~ /\b(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|DELETE\s+FROM
                |UPDATE(?!\s+SET))\s+(\w+)/gx) {
                $writers{$1}{$path} = 1;
            }
        }
    }
    for my $table (sort keys %writers) {
        my @paths = sort keys %{ $writers{$table} };

        is(scalar @paths, 1, "one file writes $table")
            or diag join "\n", @paths;
    }
    ok(scalar keys %writers, 'tables are written');
};

# app knows all pages by their routes.tsx; pages may tell, and name pages.
subtest 'the console imports downwards' => sub {
    my @sources = grep { !m{/schema\.ts$} } files(qr{^web/src/.*\.tsx?$});
    my %may = (
        api => qr{^api/}, components => qr{^(?:components|api)/},
        pages => qr{^(?:components|api)/|^app/(?:page|notices|i18n|theme|LookMenu|favicon\.svg)$},
        app => qr{^(?:app|components|api)/|^pages/\w+/routes$|^locales/},
    );
    my @wrong;

    for my $path (@sources) {
        my ($room, $area) = $path =~ m{^web/src/(\w+)/(?:(\w+)/)?};
        my $code = slurp($path);

        next if !defined $room || $room eq 'locales'; # main.tsx sees all
        while ($code =~ m{(?:from|import\()\s*'\@/([^']+)'}g) {
            my $what = $1;
            next if $what =~ $may{$room}
                || $room eq 'pages' && $what =~ m{^pages/\Q$area\E/};
            push @wrong, "$path: $what";
        }
    }
    is(join("\n", @wrong), '', 'and areas do not see each other');
    cmp_ok(scalar @sources, '>', 20, 'sources were looked at');
    is(join(' ', grep { slurp($_) =~ /\bfetch\(/
            && !m{^web/src/api/client\.ts$} } @sources), '',
        'the API is asked in one file');
};

subtest 'public headers stand alone' => sub {
    for my $path (@public) {
        my ($name) = $path =~ m{^lib/include/(.*)$};
        my $out = qx(printf '#include <$name>\\n' | \\
            gcc -std=gnu11 -Wall -Wextra -Werror -D_GNU_SOURCE \\
                -I@{[ root('lib/include') ]} -fsyntax-only -x c - 2>&1);

        is($? >> 8, 0, "$name compiles alone") or diag $out;
    }
    cmp_ok(scalar @public, '>', 10, 'headers were looked at');
};

done_testing();
