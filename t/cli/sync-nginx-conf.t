#!/usr/bin/perl
# PATCHES_DIR and kc.eportal sync-nginx-conf, with the real nginx -t and a
# portal that serves from the new place.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::Test;
use Test::More;

is($>, 0, 'this test is run by root') or BAIL_OUT('root is needed');

my $t = EPortal::Test->new;
my ($base, $conf) = ($t->{base}, "$t->{dir}/conf");
my $units = "$t->{dir}/units";
my $new = "$t->{dir}/disk/of/patches";
my $include = "$conf/conf.d/eportal-storage.conf";
my $dropin = "$units/eportal.service.d/storage.conf";
my ($uid, $gid) = (getpwnam('www-data'))[2, 3];
my $object = sha1('kernel');

mkdir $_ or die "$_: $!" for $units, "$conf/conf.d";


# With the environment of a process that loads the module: nginx is run by it.
sub sync {
    my ($binary) = EPortal::Test::build() . '/kc.eportal';
    my %env = $t->environment;

    local %ENV = (%env, EPORTAL_CONFIG => "$conf/config");
    return EPortal::Test::run_command($binary, 'sync-nginx-conf',
        '--nginx-dir', $conf, '--systemd-dir', $units, @_);
}


# nginx.conf as a package would have it: the include's directory in http, the
# configuration named by nobody else unless asked for.
sub nginx_conf {
    my ($own) = @_;

    $t->write_nginx_conf;
    my $text = slurp("$conf/nginx.conf");
    $text =~ s{^\s*eportal_config .*\n}{}m if !$own;
    $text =~ s{(include \S+/eportal\.conf;)}{include $conf/conf.d/*.conf;\n$1}
        or die 'no include';
    spew("$conf/nginx.conf", $text);
}


sub owner_and_mode { return sprintf '%d:%d %o', (stat $_[0])[4, 5],
    (stat $_[0])[2] & 07777 }


# ---- the default ----

$t->deploy('K20250101_01', ["$object:1"]);
ok(-d "$base/$_", "STOR-1: $_ lies beside the database by default")
    for qw(arch resources user-resources cache);
nginx_conf();
my ($status, $out) = sync();
is($status, 0, 'STOR-4: sync-nginx-conf without PATCHES_DIR') or diag $out;
like($out, qr/^\Q$base\E is ready for patches$/m, '... says where they are');
unlike($out, qr/Nothing was moved/, '... and has nothing to move');
like(slurp($include), qr/^# Patches are served from \Q$base\E,$/m,
    '... the include names the directory');
is(slurp("$dropin") =~ /^ReadWritePaths="\Q$base\E"$/m, 1,
    '... the drop-in a BASE_DIR that is not the usual one');
$t->start;
$t->cli_ok('key', '-a', 'k1');
my $id = $t->register('k1');
my $url = "/$object/1/kpatch.bin";
my $bytes = slurp("$base/resources/$object/1/kpatch.bin");
my $r = $t->get($url, basic => $id);
is($r->{status}, 200, 'STOR-1: and is served from there');
is($r->{content}, $bytes, '... as it is');


# ---- another place ----

$t->write_config(PATCHES_DIR => "'$new'");
($status, $out) = sync();
is($status, 0, 'STOR-3, STOR-4: sync-nginx-conf with PATCHES_DIR') or diag $out;
like($out, qr/^\Q$new\E is ready for patches$/m, '... says so');
like($out, qr/^\Q$include\E was written$/m, '... wrote the include');
like($out, qr/^\Q$dropin\E was written: run `systemctl daemon-reload`$/m,
    '... and the drop-in');
like($out, qr/systemctl restart eportal nginx/, 'STOR-5: names the restart');
is(owner_and_mode($new), owner_and_mode($base),
    'STOR-4: the storage has the owner and mode of the data directory');
is(owner_and_mode("$new/$_"), "$uid:$gid 2775", "STOR-4: $_ is made")
    for qw(arch resources user-resources cache);
is(owner_and_mode("$t->{dir}/disk"), '0:0 755', '... below ordinary parents');
like(slurp($include), qr/\Q$new\E/, 'STOR-4: the include names it');
is(slurp($include) =~ /^eportal_config "\Q$conf\E\/config";$/m, 1,
    '... and the configuration, which is not the default one');
my $unit = slurp($dropin);
like($unit, qr/^\[Service\]\n(?:.*\n)*ReadWritePaths="\Q$new\E"$/m,
    'STOR-2: the drop-in lets the daemon write there');
like($unit, qr/^\[Unit\]\n(?:.*\n)*RequiresMountsFor="\Q$new\E"$/m,
    'STOR-2: ... once its device is mounted');
is((stat $_)[2] & 07777, 0644, "$_ is readable") for $include, $dropin;
is((stat "$units/eportal.service.d")[2] & 07777, 0755, '... and its directory');
my ($move) = $out =~ /^(  cd .*(?:\n  .*)*)/m;
like($move, qr/cp -a arch resources user-resources cache \Q$new\E/,
    'STOR-4: nothing is moved, the commands for it are printed') or diag $out;
ok(-e "$base/resources/$object/1/kpatch.bin", '... indeed');
ok(!-e "$new/resources/$object", '... neither copied');

($status, $out) = sync();
is($status, 0, 'once more');
like($out, qr/^\Q$include\E is up to date$/m, '... changes nothing');
like($out, qr/^\Q$dropin\E is up to date$/m, '... twice');
is(slurp($dropin), $unit, '... indeed');

# As printed, with the command under test and its configuration.
my $kc = EPortal::Test::build() . '/kc.eportal';
$move =~ s/^  //mg;
$move =~ s/kc\.eportal/$kc/;
{
    local $ENV{EPORTAL_CONFIG} = "$conf/config";
    ($status, $out) = EPortal::Test::run_command('sh', '-e', '-c', $move);
}
is($status, 0, 'STOR-2: the printed commands move the patches') or diag $out;
like($out, qr/the database and the disk agree/, '... which the doctor finds');
ok(!-e "$base/resources", '... away from the old place');
ok($t->stop, 'STOR-5: restart');
$t->start;
$r = $t->get($url, basic => $id);
is($r->{status}, 200, 'STOR-3, STOR-5: patches are served from the new place');
is($r->{content}, $bytes, '... as they were');
is($t->get("/$object/latest.v2")->{content}, '1', '... with their levels');
$t->deploy('K20250102_01', ["$object:1,2"]);
ok(-e "$new/$_", "STOR-3: a deploy puts $_ there")
    for "arch/K20250102_01.tar.gz", "resources/$object/2/kpatch.bin";
$r = $t->get("/$object/2/kpatch.bin", basic => $id);
is($r->{status}, 200, '... and it is served');
($status, $out) = sync();
unlike($out, qr/Nothing was moved/, 'nothing is left to move');

# A directory of root's, as a file system that was just made.
my $mounted = "$t->{dir}/mounted";
mkdir $_ or die for $mounted, "$mounted/lost+found";
$t->write_config(PATCHES_DIR => "'$mounted'");
($status, $out) = sync();
is($status, 0, 'STOR-2: an empty file system') or diag $out;
is(owner_and_mode($mounted), owner_and_mode($base), '... is taken over');
my $used = "$t->{dir}/used";
mkdir $used or die;
spew("$used/file", 'somebody else needs it');
$t->write_config(PATCHES_DIR => "'$used'");
($status, $out) = sync();
is($status, 3, 'a directory of root that is in use is not');
like($out, qr/chown -R --reference=\Q$base $used\E/, '... says what to do');
is(owner_and_mode($used), '0:0 755', '... and nothing is changed');


# ---- what nginx refuses ----

$t->write_config(PATCHES_DIR => "'$new'");
($status, $out) = sync();
is($status, 0, 'back again') or diag $out;
my @before = map { slurp($_) } $include, $dropin;
my $good = slurp("$conf/nginx.conf");
spew("$conf/nginx.conf", "no_such_directive on;\n$good");
$t->write_config(PATCHES_DIR => "'$mounted'");
($status, $out) = sync();
is($status, 2, 'STOR-4: what nginx -t refuses is an error');
like($out, qr/^kc\.eportal: nginx -t refuses .*no_such_directive.*$/m,
    '... in nginx\'s words') or diag $out;
is_deeply([map { slurp($_) } $include, $dropin], \@before,
    '... and the old files are back');
unlink $include, $dropin;
($status, $out) = sync();
is($status, 2, 'without old files');
ok(!-e $include && !-e $dropin, '... there are none afterwards');
is_deeply([glob "$conf/conf.d/* $units/eportal.service.d/*"], [],
    '... and nothing else');
spew("$conf/nginx.conf", $good);

nginx_conf(1);
($status, $out) = sync();
is($status, 0, 'an nginx.conf that names the configuration itself')
    or diag $out;
like($out, qr/an eportal_config of its own: it must name \Q$conf\E\/config/,
    '... is not told a second time');
unlike(slurp($include), qr/^eportal_config/m, '... indeed');

$t->write_config(PATCHES_DIR => qq{'$t->{dir}/a"b'});
($status, $out) = sync();
is($status, 2, 'a path that nginx would misread is refused') or diag $out;

# What the daemon meets when its unit may not write there.
my $sealed = "$t->{dir}/sealed";
mkdir $sealed or die "mkdir: $!\n";
system('mount', '-t', 'tmpfs', '-o', 'ro', 'tmpfs', $sealed) == 0
    or die "mount failed\n";
$t->write_config(PATCHES_DIR => "'$sealed'");
($status, $out) = $t->cli('migrate');
system('umount', $sealed) == 0 or die "umount failed\n";
is($status, 70, 'a read-only PATCHES_DIR');
like($out, qr/read-only file system\. .*run `kc\.eportal sync-nginx-conf`/,
    'STOR-4: ... says what to do');

$t->write_config(PATCHES_DIR => undef);
($status, $out) = sync();
is($status, 0, 'without PATCHES_DIR again') or diag $out;
unlike(slurp($dropin), qr/\Q$new\E/, '... the drop-in forgets it');

finish($t);
done_testing();
