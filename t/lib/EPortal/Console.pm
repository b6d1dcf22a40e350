# A real Chromium at the console of a test's portal. The browser's half of a
# suite is t/browser/NAME.mjs, which runs in the Node that web/node pins and
# prints a line of TAP for each of its tests; they become tests here.
#
#   my $t = EPortal::Test->new->console;    # serves the console that was built
#   ...                                     # users, keys, patchsets, servers
#   $t->start;
#   run_browser($t, 'keys', ADMIN => 'secret');
#   finish($t);
#
# The script sees BASE (address of the console), SHOTS (where pictures go), LOOKS
# (0 under sanitizers, which have nothing to say of looks) and the pairs given
# here in process.env.
package EPortal::Console;

use strict;
use warnings;

use EPortal::Test;
use Exporter 'import';
use File::Path qw(make_path);
use Test::More;

our @EXPORT = qw(run_browser);

my $TIME = 600; # seconds; a browser that hangs is ended


sub node {
    return EPortal::Test::root() . '/web/node/node_modules/node/bin/node';
}


sub environment_of {
    my ($t, %more) = @_;
    my $shots = EPortal::Test::root() . '/build/screens';

    make_path($shots);
    return (PATH => $ENV{PATH}, HOME => $t->{dir}, LC_ALL => 'C.UTF-8',
        TZ => 'UTC', LOOKS => $ENV{EP_SANITIZE} ? 0 : 1, BASE => $t->url('/admin'), SHOTS => $shots, %more);
}


sub run_browser {
    my ($t, $name, %more) = @_;
    my $script = EPortal::Test::root() . "/t/browser/$name.mjs";
    my $pid = open(my $out, '-|') // die "fork: $!";

    if ($pid == 0) {
        %ENV = environment_of($t, %more);
        open STDERR, '>&', \*STDOUT;
        exec 'timeout', '-k', 10, $TIME, node(), $script;
        die "node: $!";
    }
    my ($results, $planned, $talk) = (0, undef, '');
    while (my $line = <$out>) {
        if ($line =~ /^(not )?ok [0-9]+ - (.*)$/) {
            $results++;
            ok(!defined $1, $2);
        } elsif ($line =~ /^1\.\.([0-9]+)$/) {
            $planned = $1;
        } else {
            $line =~ /^# / ? diag $line : ($talk .= $line);
        }
    }
    close $out;
    my $status = $?;
    is($planned, $results, "$name.mjs: the browser ran all its tests")
        or diag $talk;
    is($status, 0, "$name.mjs: and ended well") or diag $talk;
}

1;
