#!/usr/bin/perl
# Who kc.eportal is in the data directory when root runs it, and how the
# directory comes to be.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::CLI qw(build_file owner_name);
use Fcntl qw(:mode);
use File::Find;
use Test::More;

is($>, 0, 'this test is run by root') or BAIL_OUT('root is needed');

my $portal = EPortal::CLI->new(migrate => 0);
my ($uid, $gid) = (getpwnam(owner_name()))[2, 3];

my $r = $portal->run('user');
is($r->{exit}, 4, 'an empty data directory');
like($r->{err}, qr/kc\.eportal migrate/, '... tells what to run');

$r = $portal->run('migrate');
is($r->{exit}, 0, 'migrate makes the database') or diag $r->{err};
like($r->{out}, qr/was created \(schema \d+\)$/, '... and says so');
$r = $portal->run('migrate');
like($r->{out}, qr/is up to date \(schema \d+\)$/, 'once');

$portal->run(qw(user -a -p SomePassword admin));
$portal->run(qw(feed -a test));
$portal->run(qw(key -a k));
$portal->run('--list-servers');

my (@foreign, @closed);
find({
    no_chdir => 1,
    wanted => sub {
        my ($mode, $owner, $group) = (lstat $File::Find::name)[2, 4, 5];
        return if !defined $mode;
        push @foreign, $File::Find::name if $owner != $uid || $group != $gid;
        push @closed, $File::Find::name
            if !($mode & S_IWGRP) || S_ISREG($mode) && $mode & S_IRWXO;
    },
}, $portal->{data});
is_deeply(\@foreign, [], 'everything belongs to the directory\'s owner');
is_deeply(\@closed, [], '... is group-writable, and its files are closed to others');

# A data directory that is not there yet: there may be no user eportal here.
my $fresh = "$portal->{dir}/some/where/data";
$portal->write_config("BASE_DIR = '$fresh'\nPATCHES_DIR = '$fresh-patches'\n");
$r = $portal->run('migrate');
is($r->{exit}, 0, 'migrate makes a directory that is missing')
    or diag $r->{err};
my $service = getpwnam('eportal');
my @st = stat $fresh;
is($st[4], $service // 0, '... for the user eportal, or else for root');
is($st[2] & 07777, 02770, '... group-writable, set-group-ID');
is((stat "$fresh-patches")[4], $st[4], '... that of the patches too');
ok(-d "$fresh-patches/arch", '... with what belongs in it');
like($r->{err}, qr/warning: there is no user eportal/, '... with a warning')
    if !defined $service;
is((stat "$portal->{dir}/some")[2] & 07777, 0755,
    '... below ordinary parents');

# Somebody else who may not.
$portal->write_config("BASE_DIR = '$portal->{data}'\n");
local $ENV{EPORTAL_CONFIG} = $portal->{config};
$r = EPortal::CLI::execute([build_file('kc.eportal'), 'user'], '', 'nobody');
isnt($r->{exit}, 0, 'a stranger sees nothing');
like($r->{err}, qr{^kc.eportal: cannot .*: Permission denied$}m, '... and is told why');
$r = EPortal::CLI::execute([build_file('kc.eportal'), 'user'], '',
    owner_name());
is($r->{exit}, 0, 'the owner itself works') or diag $r->{err};

done_testing();
