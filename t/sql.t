#!/usr/bin/perl
# The schema and the statements: migrations run in order on an empty database,
# and every statement of lib/store is one that SQLite understands there.

use strict;
use warnings;

use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::RealBin/lib";

use EPortal::Source qw(root files slurp);
use Test::More;

my $dir = tempdir(CLEANUP => 1);
my $db = "$dir/schema.sqlite";


# Run a script in the database; what the shell said, errors included.
sub sqlite {
    my ($script) = @_;

    open(my $fh, '>', "$dir/script.sql") or die "cannot write a script: $!\n";
    print $fh $script or die "cannot write a script: $!\n";
    close($fh) or die "cannot write a script: $!\n";
    return scalar qx(sqlite3 -batch -bail $db < $dir/script.sql 2>&1);
}


# [name, text] of each `static const char sql_name[] = "..." "...";`, after the
# preprocessor, because column lists are macros.
sub statements_of {
    my ($path) = @_;
    my $top = root();
    my $code = qx(cd $top && gcc -E -P -D_GNU_SOURCE -Ilib/include -Ilib $path);
    my @found;

    while ($code =~ /\bchar\s+(sql_\w+)\[\]\s*=\s*((?:\s*"(?:[^"\\]|\\.)*")+)/g) {
        my ($name, $literals) = ($1, $2);
        my $text = join '', $literals =~ /"((?:[^"\\]|\\.)*)"/g;
        $text =~ s/\\n/\n/g;
        $text =~ s/\\(.)/$1/g;
        push @found, [ $name, $text ];
    }
    return @found;
}


my @migrations = files(qr{^sql/.*\.sql$});
my $number = 0;

subtest 'migrations' => sub {
    for my $path (@migrations) {
        like($path, qr{^sql/\d{3}_[a-z0-9_]+\.sql$}, "$path is well named");
        my ($next) = $path =~ /(\d{3})/;
        cmp_ok($next, '>', $number, '... and has a number of its own');
        $number = $next;
        my $text = slurp($path);
        my @quoted = $text =~ /--.*|('[^']*')/g;
        is(join(' ', grep { defined && /--/ } @quoted), '',
            'no text holds --, which sql/embed.awk cuts off');
        unlike($text, qr/\b(?:BEGIN\s*;|BEGIN\s+(?:IMMEDIATE|TRANSACTION)|COMMIT)\b/,
            'the transaction is not its own');
        is(sqlite("PRAGMA foreign_keys = ON; BEGIN;\n$text\nCOMMIT;"), '',
            'runs');
    }
    cmp_ok($number, '>', 0, 'migrations were run');
    is(sqlite('PRAGMA foreign_key_check; PRAGMA integrity_check;'), "ok\n",
        'the database is sound');
    is(sqlite("SELECT name FROM pragma_table_list WHERE schema = 'main'
               AND type = 'table' AND strict = 0
               AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"), '',
        'every table is STRICT');
};

subtest 'statements' => sub {
    my @all;

    for my $path (files(qr{^lib/store/.*\.c$})) {
        push @all, map { ["$path $_->[0]", $_->[1]] } statements_of($path);
    }
    # The table of migrations is made by one of them, not by sql/.
    sqlite("$_->[1];") for grep { $_->[1] =~ /^CREATE TABLE/ } @all;
    for my $statement (@all) {
        my ($name, $text) = @$statement;

        next if $text =~ /^(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|PRAGMA)/;
        my $out = sqlite("EXPLAIN $text;");
        unlike($out, qr/error/i, $name);
    }
    my $count = @all;
    my ($slots) = slurp('lib/store/portal_private.h')
        =~ /EP_STMT_SLOTS (\d+)/;
    cmp_ok($count, '<', $slots, 'a connection has room for all');
    cmp_ok($count, '>', 5, 'statements were looked at');
};

done_testing();
