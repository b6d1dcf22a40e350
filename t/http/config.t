#!/usr/bin/perl
# Settings that change under running workers are in force without a reload;
# workers have no environment, so they read what others saved of theirs.

use strict;
use warnings;

use EPortal::Test;
use Test::More;
use Time::HiRes qw(sleep);

my $kernel = sha1('kernel');
my $t = EPortal::Test->new;

$t->deploy('K20250101_01', ["$kernel:1"]);
$t->start;

my $patch = "/$kernel/1/kpatch.bin";
my @pids = $t->workers;


# Both workers answer with this status: many new connections in a row.
sub everywhere {
    my ($status, $title) = @_;

    ok(wait_for(sub {
            for (1 .. 30) {
                return 0 if $t->get($patch)->{status} != $status;
            }
            return 1;
        }), $title);
}


everywhere(401, 'patches need a registered server');
$t->write_config(PATCH_AUTH => 'False');
everywhere(200, 'PATCH_AUTH = False is in force without a reload');
$t->write_config(PATCH_AUTH => 'True');
everywhere(401, 'and True again');

my $dir = "$t->{base}/config";
{
    my $saved = "$dir/environment.json";
    my $text = json({ environment => { EPORTAL_PATCH_AUTH => 'False' } });

    spew($saved, $text);
    chown -1, (stat $dir)[5], $saved;
    chmod 0640, $saved;
    everywhere(200, 'the saved environment is read by the workers');
    unlink $saved;
    everywhere(401, 'and forgotten with it');
}

spew("$t->{dir}/conf/config", "BASE_DIR = '$t->{base}'\nPATCH_AUTH = = 3\n");
ok(wait_for(sub { $t->error_log =~ /conf\/config:2:/ }),
    'a broken file is told with its line');
everywhere(401, 'and what was in force before stays');
my $lines = () = $t->error_log =~ /conf\/config:2:/g;
cmp_ok($lines, '<=', 2, 'each worker says so once');
spew("$t->{dir}/conf/config",
    "BASE_DIR = '$t->{base}'\nPATCH_AUTH = False\nNO_SUCH_SETTING = 1\n");
everywhere(200, 'the mended file is in force');
like($t->error_log, qr/config:3:.*NO_SUCH_SETTING/,
    'an unknown setting is a warning with its line');

# Another directory of patches, then another database.
system('cp', '-a', $t->{base}, "$t->{dir}/other") == 0 or die 'cp';
rename "$t->{dir}/other/resources/$kernel/1/kpatch.bin",
    "$t->{dir}/other/resources/$kernel/1/kpatch.old";
$t->write_config(PATCH_AUTH => 'False', PATCHES_DIR => "'$t->{dir}/other'");
everywhere(404, 'STOR-3: PATCHES_DIR names where files are read');
$t->write_config(PATCHES_DIR => undef);
everywhere(200, 'and back');

my $base = $t->{base};
mkdir "$t->{dir}/empty";
EPortal::Test::own("$t->{dir}/empty");
$t->{base} = "$t->{dir}/empty";
$t->write_config;
$t->cli_ok('migrate');
everywhere(404, 'BASE_DIR names the database');
$t->{base} = $base;
$t->write_config;
everywhere(200, 'and back again');

is_deeply([$t->workers], \@pids, 'all of it by the same workers');

finish($t);
done_testing();
