#!/usr/bin/perl
# kill -9 at any point of a deploy leaves nothing or all of it: the deploy is
# killed at each of its writes, renames, syncs and commits in turn.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::Test;
use Test::More;

my $POINTS = 200;    # at least so many, over both products
my $root = EPortal::Test::root();
my $build = EPortal::Test::build();
my $preload = "$build/t/lib/preload/killpoint.so";
my $lookup = "$build/t/patchset/lookup";
my $t = EPortal::Test->new;
my $base = $t->{base};
my $asan = $ENV{EP_SANITIZE} ? qx(gcc -print-file-name=libasan.so) : '';
my ($old, $shared, $new) = map { sha1("object $_") } 1 .. 3;
my $pristine = "$t->{dir}/pristine";
my ($points, $absent, $complete) = (0, 0, 0);

chomp $asan;
ok(-e $preload && -x $lookup, 'the helpers were built') or BAIL_OUT('make units');


sub copy {
    my ($from, $to) = @_;

    my ($status, $out) = EPortal::Test::run_command('rm', '-rf', $to);
    ($status, $out) = EPortal::Test::run_command('cp', '-a', $from, $to)
        if $status == 0;
    $status == 0 or die "cp: $out";
}


# Run a deploy that is killed at a call: (wait status, output).
sub deploy {
    my ($group, $archive, %env) = @_;
    my $out = "$t->{dir}/deploy.log";
    my $pid = fork // die "fork: $!";

    if ($pid == 0) {
        %ENV = (PATH => $ENV{PATH}, LC_ALL => 'C.UTF-8',
            EPORTAL_CONFIG => "$t->{dir}/conf/config",
            ASAN_OPTIONS => 'detect_leaks=0',
            LD_PRELOAD => join(' ', grep { $_ } $asan, $preload), %env);
        open STDOUT, '>', $out;
        open STDERR, '>&', \*STDOUT;
        exec "$build/kc.eportal", $group, 'deploy', $archive;
        exit 127;
    }
    waitpid $pid, 0;
    return ($?, slurp($out));
}


# Files with their content below the trees and arch/, leftovers left out:
# what an import keeps for itself begins with a dot and counts for nothing.
sub files {
    my ($what, $dir) = ('', @_);

    opendir my $handle, $dir or die "$dir: $!";
    for my $name (sort grep { !/^\./ } readdir $handle) {
        my $path = "$dir/$name";
        $what .= -d $path ? files($path)
            : $path =~ s/^\Q$base\E//r . ' ' . sha1(slurp($path)) . "\n";
    }
    return $what;
}


sub disk { return join '', map { files("$base/$_") } @_ }


sub levels {
    my ($product) = @_;
    my ($status, $out) = EPortal::Test::run_command(
        $lookup, "$t->{dir}/conf/config", $product, $old, $shared, $new
    );

    return $status == 0 ? $out : "lookup failed: $out";
}


# Everything that people and agents can see.
sub seen {
    my ($product) = @_;

    return levels($product) . join "\n", $t->sql(
        'SELECT name, published, archive, objects, cves, distros, enabled'
            . ' FROM patchset p LEFT JOIN patchset_feed ON id = patchset_id'
            . ' WHERE published = 1 OR enabled IS NOT NULL ORDER BY ord'
    );
}


# All rows of an import; ids may differ.
sub rows {
    return join "\n", $t->sql(
        'SELECT p.name, hex(o.name), level FROM level l JOIN object o'
            . ' ON o.id = object_id JOIN patchset p ON p.id = patchset_id'
            . ' ORDER BY 1, 2, 3'
    ), $t->sql(
        'SELECT hex(o.name), level, c.name FROM object_cve JOIN object o'
            . ' ON o.id = object_id JOIN cve c ON c.id = cve_id'
            . ' ORDER BY 1, 2, 3'
    ), $t->sql(
        'SELECT hex(o.name), level, uname, distro FROM level_info'
            . ' JOIN object o ON o.id = object_id ORDER BY 1, 2'
    ), $t->sql(
        'SELECT p.name, hex(o.name), path FROM object_file JOIN object o'
            . ' ON o.id = object_id JOIN patchset p ON p.id = patchset_id'
            . ' ORDER BY 1, 2, 3'
    ), $t->sql('SELECT name FROM patchset ORDER BY name');
}


# Names below the trees and arch/, leftovers too.
sub names {
    my ($status, $out) = EPortal::Test::run_command(
        'find', map { "$base/$_" } qw(arch resources user-resources)
    );

    return join "\n", sort split /\n/, $out;
}


# Files of levels that a published patchset has, and no others that count.
sub check_after_kill {
    my ($product, $tree, $before, $after, $kill) = @_;
    my $now = seen($product);

    if ($now eq $before->{seen}) {
        $absent++;
        # The old patchset's files are whole; whatever else lies about is
        # nobody's yet.
        my %have = map { $_ => 1 } split /\n/, disk($tree, 'arch');
        my @lost = grep { !$have{$_} } split /\n/, $before->{disk};
        return !@lost || diag("$kill: lost @lost") && 0;
    }
    if ($now eq $after->{seen}) {
        $complete++;
        return disk($tree, 'arch') eq $after->{disk}
            || diag("$kill: published, but files differ") && 0;
    }
    diag("$kill: neither nothing nor all:\n$now");
    return 0;
}


for my $case (['kernel', 'kcare', 'K', 'resources'],
    ['user', 'libcare', 'U', 'user-resources']) {
    my ($product, $group, $letter, $tree) = @$case;
    my @archives = map { "$t->{dir}/${letter}2025010${_}_01.tar.gz" } 1, 2;
    my $extra = "$t->{dir}/extra";
    my @sets = (["$old:1", "$shared:1"],
        ["$shared:1,2", "$new:5,6"]);

    spew($extra, "outside of levels\n");
    for my $i (0, 1) {
        my ($status, $out) = EPortal::Test::run_command(
            $^X, "$root/t/fixtures/make-archive", '--product', $product,
            '--name', "${letter}2025010" . ($i + 1) . '_01', '--out',
            $archives[$i], $i ? ('--add', "$new/extra/file=$extra") : (),
            map { ('--object', $_) } @{ $sets[$i] }
        );
        $status == 0 or die $out;
    }
    $t->cli_ok($group, 'deploy', $archives[0]);
    copy($base, $pristine);
    my %before = (seen => seen($product), disk => disk($tree, 'arch'));

    # kc.eportal writes it as the owner of the data directory
    spew("$t->{dir}/count", '');
    chmod 0666, "$t->{dir}/count";
    my ($status) = deploy($group, $archives[1],
        KILL_COUNT => "$t->{dir}/count");
    is($status, 0, "archives: $product: an undisturbed deploy succeeds");
    my $calls = int slurp("$t->{dir}/count");
    my %after = (seen => seen($product), disk => disk($tree, 'arch'),
        rows => rows(), names => names());
    isnt($after{seen}, $before{seen}, "archives: $product: it shows");
    cmp_ok($calls, '>', 50, "archives: $product: $calls calls are counted");

    my (@bad, @unclean, @killed);
    my $step = int($calls / ($POINTS / 2)) || 1;
    for (my $at = 1; $at <= $calls; $at += $step) {
        copy($pristine, $base);
        ($status) = deploy($group, $archives[1], KILL_AT => $at);
        $points++;
        push @killed, $at if ($status & 127) == 9;
        check_after_kill($product, $tree, \%before, \%after, "call $at")
            or push @bad, $at;
        (my $again, my $out) = $t->cli($group, 'deploy', $archives[1]);
        push @unclean, "$at: $out"
            if $again != 0 || seen($product) ne $after{seen}
            || rows() ne $after{rows} || names() ne $after{names}
            || disk($tree, 'arch') ne $after{disk};
    }
    cmp_ok(scalar @killed, '>=', $calls / $step - 3,
        "archives: $product: " . @killed . ' deploys were killed');
    is("@bad", '',
        "archives: $product: a killed deploy leaves nothing or all of it");
    is("@unclean", '', "archives: $product: the next deploy ends the same");
}
cmp_ok($points, '>=', $POINTS, "archives: killed at $points points");
cmp_ok($absent, '>', 0, "archives: $absent left nothing");
cmp_ok($complete, '>', 0, "archives: $complete left all of it");

done_testing();
