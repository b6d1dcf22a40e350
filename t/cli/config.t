#!/usr/bin/perl
# kc.eportal config and routes, and how the configuration is chosen

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::CLI;
use JSON::PP;
use Test::More;

my $portal = EPortal::CLI->new(config => "PATCH_AUTH = False\n");


sub settings {
    my $r = $portal->run('config', '--json', @_);

    is($r->{exit}, 0, 'config --json succeeds') or diag $r->{err};
    return { map { $_->{name} => $_ }
            @{ decode_json($r->{out})->{settings} } };
}


my $r = $portal->run('config');
like($r->{out}, qr/^NAME +VALUE +ORIGIN$/m, 'config lists settings');
like($r->{out}, qr/^PATCH_AUTH +False +\Q$portal->{config}\E:2$/m,
    '... with value and origin');
like($r->{out}, qr/^AUTH_PASSWORD_MIN_LENGTH +5 +default$/m,
    '... also those nobody set');
my $s = settings();
is($s->{PATCH_AUTH}{value}, 'False', 'the same in JSON');
is($s->{BASE_DIR}{origin}, "$portal->{config}:1", '... with the origin');
$s = settings({ env => { EPORTAL_AUTH_PASSWORD_MIN_LENGTH => 10 } });
is($s->{AUTH_PASSWORD_MIN_LENGTH}{value}, 10, 'the environment wins');
like($s->{AUTH_PASSWORD_MIN_LENGTH}{origin}, qr/^environment/,
    '... and is named');

my $other = "$portal->{dir}/other";
open(my $fh, '>', $other) or die "$other: $!\n";
print {$fh} "BASE_DIR = '$portal->{data}'\nINACTIVE_SERVER_AGE = 3600 * 24\n";
close($fh);
is(settings('--config', $other)->{INACTIVE_SERVER_AGE}{value}, 86400,
    '--config chooses the file');
$r = $portal->run('--config', $other, 'config');
like($r->{out}, qr/^INACTIVE_SERVER_AGE +86400 +\Q$other\E:2$/m,
    '... before the command too');
is($portal->run('config', '--config', "$portal->{dir}/missing")->{exit}, 4,
    'a file that was named must be there');

$portal->write_config("BASE_DIR = '$portal->{data}'\nNONSENSE = 1\n");
$r = $portal->run('config');
is($r->{exit}, 0, 'an unknown setting is no error');
like($r->{err}, qr/\Akc\.eportal: warning: \Q$portal->{config}\E:2: .*NONSENSE/,
    '... but a warning with its line');
$portal->write_config("BASE_DIR = '$portal->{data}'\nPATCH_AUTH = 'maybe'\n");
for my $command ('config', 'user') {
    $r = $portal->run($command);
    is($r->{exit}, 2, "$command: a bad value is an error");
    like($r->{err}, qr/\Akc\.eportal: \Q$portal->{config}\E:2:\d+: /,
        '... with file, line and column');
}
$portal->write_config("BASE_DIR = '$portal->{data}'\n");

$r = $portal->run('routes');
is($r->{exit}, 0, 'routes') or diag $r->{err};
like($r->{out}, qr/^METHODS +PATH +WHO +RUNS +NAME$/m, '... is a table');
my $routes = decode_json($portal->run('routes', '--json')->{out})->{routes};
cmp_ok(scalar @$routes, '>', 0, '... also in JSON');

{
    # /dev/full refuses every byte.
    my $out = qx(EPORTAL_CONFIG=$portal->{config} @{[ EPortal::CLI::build_file('kc.eportal') ]} config 2>&1 > /dev/full; echo \$?);
    like($out, qr/\Akc\.eportal: cannot (?:write|print)[^\n]*No space left[^\n]*\n70\n\z/,
        'output that cannot be written is an error');
}

done_testing();
