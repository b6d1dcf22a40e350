#!/usr/bin/perl
# packaging/systemd/eportal.service, as systemd reads it.

use strict;
use warnings;

use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::CLI qw(build_file);
use EPortal::Source qw(slurp);
use Test::More;

my $dir = tempdir(CLEANUP => 1);
my $unit = slurp('packaging/systemd/eportal.service');

like($unit, qr{^ExecStart=/usr/bin/kc\.eportal daemon$}m,
    'SVC-2: the unit eportal is the daemon');
like($unit, qr/^User=eportal$/m, 'it is not root');
unlike($unit, qr/^Standard(?:Output|Error)=/m,
    'LOG-1: what it logs to stderr is in the journal of the unit');

# The program is where it was built, and the user may not be there yet.
my $program = build_file('kc.eportal');
$unit =~ s{^ExecStart=/usr/bin/kc\.eportal}{ExecStart=$program}m;
open(my $fh, '>', "$dir/eportal.service") or die "$dir: $!\n";
print {$fh} $unit;
close($fh) or die "$dir: $!\n";
my $out = qx(systemd-analyze verify --man=no --recursive-errors=no $dir/eportal.service 2>&1);
is($?, 0, 'SVC-2: systemd takes it');
unlike($out, qr/eportal\.service/, '... without a warning');

done_testing();
