#!/usr/bin/perl
# The audit log on the command line: every command that changes something
# leaves its row, whoever adds the next one; and kc.eportal audit.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::CLI qw(build_file make_archive);
use EPortal::Daemon;
use EPortal::SmallSource;
use EPortal::Test ();
use EPortal::Upstream qw(publish start_nginx temp_dir);
use JSON::PP;
use Test::More;

is($>, 0, 'this test is run by root') or BAIL_OUT('root is needed');

my $portal = EPortal::CLI->new;
my $source = EPortal::SmallSource->start($portal->{dir});
my %letter = (kcare => 'K', libcare => 'U', qemu => 'U', db => 'U');
my %end = (kcare => '', libcare => '', qemu => '-qemu', db => '-db');
my %made = (kcare => 'kernel', libcare => 'user', qemu => 'qemu', db => 'db');
my $WHO = { env => { SUDO_USER => 'carol' } };


# Every command that the program has.
sub all_commands {
    my ($top) = build_help() =~ /^commands:\n(.*)\z/ms;
    my @all;

    for my $name ($top =~ /^  (\S+(?: \S+)?)  /gm) {
        my ($group) = build_help($name) =~ /^commands:\n(.*)\z/ms;

        push @all, $group ? $group =~ /^  (\S+ \S+)  /gm : $name;
    }
    return @all;
}


sub build_help {
    my (@words) = @_;

    return $portal->run(@words, '--help')->{out};
}


sub rows {
    my (@options) = @_;
    my $r = $portal->run('audit', '--json', @options);

    $r->{exit} == 0 or die "audit: $r->{err}\n";
    return @{ decode_json($r->{out})->{audit} };
}


sub carol {
    my (@args) = @_;
    my $r = $portal->run(@args, $WHO);

    $r->{exit} == 0 or die "@args: $r->{err}$r->{out}\n";
    return $r;
}


sub archive {
    my ($group, $date) = @_;
    my $name = "$letter{$group}${date}_01$end{$group}";
    my $path = "$portal->{dir}/$name.tar.bz2";

    make_archive($made{$group}, $name, $path) if !-e $path;
    return ($name, $path);
}


# What is ready before a command of patchsets runs.
sub deployed {
    my ($group, $date) = @_;
    my ($name, $path) = archive($group, $date);

    $portal->run($group, 'deploy', $path);
    return $name;
}


sub offer {
    my ($group, $date) = @_;
    my ($name) = archive($group, $date);

    link "$portal->{dir}/$name.tar.bz2", "$source->{dir}/$name.tar.bz2";
    chmod 0644, "$source->{dir}/$name.tar.bz2";
    my $r = $portal->run(qw(source publish), $source->{dir});
    $r->{exit} == 0 or die "source publish: $r->{err}\n";
    return $name;
}


# Commands that change the portal: what runs them, and the action of the row.
my %changing = (
    'user' => [ 'user.add', sub {
        carol(qw(user -a -p Secret-12 dave)) }, 'dave' ],
    'key' => [ 'key.add', sub { carol(qw(key -a k1 --note), 'für "uns"') },
        'k1' ],
    'feed' => [ 'feed.add', sub { carol(qw(feed -a test --channel test)) }, 'test' ],
    'server clean' => [ 'server.clean', sub {
        $portal->seed('k1', 3, 60);
        carol(qw(server clean --inactive)) } ],
    'source set' => [ 'settings.change', sub {
        carol(qw(source set --password Geheim --user cust --url),
            $source->url) },
        'PATCH_SOURCE_URL,PATCH_SOURCE_USER,PATCH_SOURCE_PASSWORD' ],
    'jobs run' => [ 'job.run', sub {
        my $daemon = EPortal::Daemon->start($portal);
        carol(qw(jobs run sweep));
        $daemon->stop }, 'sweep' ],
    'throttle clear' => [ 'throttle.clear', sub {
        carol(qw(throttle clear 192.0.2.1)) }, '192.0.2.1' ],
    'doctor' => [ 'storage.repair', sub {
        deployed('kcare', '20200101');
        my ($level) = glob "$portal->{data}/resources/*/1";
        unlink glob "$level/kpatch.bin";
        carol(qw(doctor --storage --repair)) } ],
    'ldap set' => [ 'settings.change', sub {
        carol(qw(ldap set --url ldap://directory.example.com),
            q{--connection-string}, q{uid=%s,dc=example,dc=com}) } ],
    'cache-mode' => [ 'patchset.metadata', \&fetch_metadata, 'K20190101_01' ],
    'sync-nginx-conf' => [ 'nginx.sync', \&sync_nginx ],
    'migrate' => [ 'database.migrate', sub {
        my $new = EPortal::CLI->new(migrate => 0);
        my $r = $new->run('migrate', $WHO);
        $r->{exit} == 0 or die "migrate: $r->{err}\n";
        $portal = $new } ],
);

for my $group (sort keys %letter) {
    my $product = $made{$group};
    my $act = sub {
        my ($verb, $date, @more) = @_;
        my $name;

        $changing{"$group $verb"} = [ "patchset.$verb", sub {
            $name = deployed($group, $date);
            carol($group, $verb, $name, @more) }, \$name ];
    };

    $changing{"$group deploy"} = [ 'patchset.deploy', sub {
        carol($group, 'deploy', (archive($group, '20200101'))[1]) },
        "$letter{$group}20200101_01$end{$group}" ];
    $act->('unroll', '20200102', '--delete');
    $act->('disable', '20200103');
    $act->('enable', '20200103');
    $act->('enable-upto', '20200103');
    $act->('undeploy-downto', '20200103');
    $changing{"$group update"} = [ 'patchset.enable-new', sub {
        offer($group, '20200201');
        carol($group, 'update') }, 'main' ];
    $changing{"$group auto-update"} = [ 'patchset.enable-new', sub {
        offer($group, '20200202');
        $portal->run(qw(feed -a automatic --auto));
        carol($group, 'auto-update') }, 'automatic' ];
    $changing{"$group download-missing"} = [ 'patchset.deploy', sub {
        my $name = offer($group, '20200203');
        carol($group, 'download-missing') } ];
}

# Commands that only tell something of the portal, or change nothing of it.
my %reading = map { $_ => 1 } ('server', 'server list', 'source check',
    'source publish', 'ldap test', 'config', 'status', 'daemon', 'audit', 'jobs', 'throttle', 'routes',
    map { "$_ list" } keys %letter);


# In cache mode, from a source that has metadata.
sub fetch_metadata {
    my $dir = temp_dir();

    make_archive('kernel', 'K20190101_01', "$dir/K20190101_01.tar.bz2");
    publish($dir, '--tree');
    my $nginx = start_nginx($dir);
    my $r = $portal->run(qw(cache-mode --fetch-meta), { env => {
        %{ $WHO->{env} }, EPORTAL_CACHE_MODE => 'True',
        EPORTAL_PATCH_SOURCE_URL => $nginx->{url} } });
    $r->{exit} == 0 or die "cache-mode: $r->{err}\n";
    return;
}


# With the environment of a process that loads the module.
sub sync_nginx {
    my $conf = "$portal->{dir}/nginx";
    my $module = build_file('nginx/ngx_http_eportal_module.so');

    mkdir $_ or die "$_: $!\n" for $conf, "$conf/conf.d", "$conf/units";
    EPortal::Test::spew("$conf/nginx.conf", "load_module $module;\n"
        . "pid $conf/nginx.pid; error_log stderr;\nevents { }\n"
        . "http { access_log off; include $conf/conf.d/*.conf; }\n");
    my %env = EPortal::Test->new->environment;
    my $r = $portal->run('sync-nginx-conf', '--nginx-dir', $conf,
        '--systemd-dir', "$conf/units",
        { env => { %env, %{ $WHO->{env} } } });
    $r->{exit} == 0 or die "sync-nginx-conf: $r->{err}\n";
    return;
}


subtest 'W-2: every command that changes something leaves a row' => sub {
    my @all = all_commands();

    cmp_ok(scalar @all, '>', 30, 'the program lists its commands');
    is(join(' ', grep { !$changing{$_} && !$reading{$_} } @all), '',
        'each is known here as one that changes something or one that does not');
    is(join(' ', grep { my $name = $_; !grep { $_ eq $name } @all }
            sort keys %changing, keys %reading), '', 'and there are no others');

    # The order of a life: keys and the source are needed by what follows.
    my %early = (user => 1, key => 2, feed => 3, 'source set' => 4,
        'cache-mode' => 98, migrate => 99);
    for my $command (sort { ($early{$a} // 50) <=> ($early{$b} // 50)
            || $a cmp $b } keys %changing) {
        my ($action, $run, $object) = @{ $changing{$command} };
        my ($last) = rows('--limit', 1);

        $run->();
        $last = { id => 0 } if $command eq 'migrate';
        my @new = grep { $_->{id} > $last->{id} && $_->{action} eq $action }
            rows('--limit', 50);
        is(scalar @new, 1, "$command: one row of $action") or next;
        is($new[0]{actor}, 'carol', '... says who, behind sudo');
        is("$new[0]{via} $new[0]{ip} $new[0]{result}", 'cli  ok',
            '... and where and how');
        $object = $$object if ref $object;
        is($new[0]{object}, $object, '... and on what') if defined $object;
    }
};

$portal->run(qw(key -a k1));
$portal->run(qw(user -a -p Secret-12 dave));

subtest 'W-2: a row tells what changed, and no secrets' => sub {
    carol(qw(source set --password), 'Ganz:Geheim', '--user', 'cust');
    my ($row) = rows('--limit', 1);
    is_deeply($row->{detail}, { PATCH_SOURCE_USER => 'cust',
        PATCH_SOURCE_PASSWORD => '********' }, 'a password is masked');
    carol(qw(user -c -p), 'Another-Secret', 'dave');
    ($row) = rows('--limit', 1);
    is($row->{action}, 'user.change', 'a password is changed');
    is_deeply($row->{detail}, { password => JSON::PP::true,
        origin => 'local' }, '... and not told');
    carol(qw(key -c k1 --server-limit 7 --note), "a \"quoted\"\x{c3}\x{bc}");
    ($row) = rows('--limit', 1);
    is_deeply($row->{detail}, { server_limit => 7,
        note => "a \"quoted\"\x{fc}" }, 'a key tells what was set');
    my $database = do { local $/; open(my $fh, '<:raw',
        "$portal->{data}/eportal.sqlite") or die; <$fh> };
    unlike($database, qr/Ganz:Geheim|Another-Secret/, 'the table has none');
};

# A command line of each that fails, what the row is about, and why.
my %failing = (
    'user' => [[qw(user -a -p Secret-12 dave)], 'dave', 'user-exists'],
    'key' => [[qw(key -a k1)], 'k1', 'key-exists'],
    'feed' => [[qw(feed -d main)], 'main', 'main-feed'],
    'server clean' => [[qw(server clean --inactive)], '', 'bad-age',
        'INACTIVE_SERVER_AGE = 0'],
    'source set' => [[qw(source set --user), "a\x01b"], '', 'bad-value'],
    'jobs run' => [[qw(jobs run frob)], 'frob', 'no-daemon'],
    'ldap set' => [[qw(ldap set --url http://x)], '', 'ldap-url'],
    'cache-mode' => [[qw(cache-mode --fetch-meta)], '', qr/./],
    'sync-nginx-conf' => [[qw(sync-nginx-conf --nginx-dir /nowhere)], '',
        qr/./],
);
for my $group (sort keys %letter) {
    my $name = "$letter{$group}20180101_01$end{$group}";

    $failing{"$group deploy"} = [[$group, 'deploy', "/nowhere/$name.tar.bz2"],
        "/nowhere/$name.tar.bz2", qr/./];
    $failing{"$group $_"} = [[$group, $_, $name], $name, 'patchset-not-found']
        for qw(unroll disable enable enable-upto undeploy-downto);
    $failing{"$group $_"} = [[$group, $_], '', qr/./,
        "PATCH_SOURCE_URL = 'http://127.0.0.1:1/'\nPATCH_SOURCE_USER = 'x'\n"
            . "PATCH_SOURCE_PASSWORD = 'x'"]
        for qw(update auto-update download-missing);
}
# These fail only where there is no log to write to, or nothing to fail at.
my %sure = map { $_ => 1 } ('throttle clear', 'doctor', 'migrate');

subtest 'W-2: what fails leaves a row, too' => sub {
    is(join(' ', grep { !$failing{$_} && !$sure{$_} } sort keys %changing), '',
        'a line that fails is known of every command');
    for my $command (sort keys %failing) {
        my ($line, $object, $result, $config) = @{ $failing{$command} };
        my ($last) = rows('--limit', 1);

        $portal->write_config("BASE_DIR = '$portal->{data}'\n"
            . ($config // '') . "\n");
        unlink "$portal->{data}/config/config.json"
            if $command =~ /update|download|cache-mode/;
        my $r = $portal->run(@$line, $WHO);
        isnt($r->{exit}, 0, "$command fails") or diag $r->{out}, $r->{err};
        my @new = grep { $_->{id} > $last->{id} } rows('--limit', 10);
        is(scalar @new, 1, '... with one row') or diag explain(\@new), $r->{err};
        is("$new[0]{action} $new[0]{actor} $new[0]{via} $new[0]{object}",
            'cli.' . $command =~ tr/ /./r . " carol cli $object",
            '... that says who wanted what');
        ref $result ? like($new[0]{result}, $result, '... and why not')
            : is($new[0]{result}, $result, '... and why not');
        isnt($new[0]{result}, 'ok', '... which is no success');
    }
    $portal->write_config("BASE_DIR = '$portal->{data}'\n");
};

subtest 'W-2: what only looks leaves no row' => sub {
    my ($last) = rows('--limit', 1);

    is($portal->run('key')->{exit}, 0, 'a list');
    isnt($portal->run(qw(key frob))->{exit}, 0, 'a list of one that is not');
    isnt($portal->run(qw(key -a -d frob))->{exit}, 0, 'no sense');
    isnt($portal->run(qw(kcare enable --dry-run K20180101_01))->{exit}, 0,
        'a dry run');
    is((rows('--limit', 1))[0]{id}, $last->{id}, 'nothing is recorded');
};

subtest 'W-2: without sudo it is the user who logged in' => sub {
    my $r = $portal->run(qw(feed -a other), { env => { SUDO_USER => '' } });
    is($r->{exit}, 0, 'root adds a feed');
    is((rows('--limit', 1))[0]{actor}, 'root', 'root did it');
    local $ENV{EPORTAL_CONFIG} = $portal->{config};
    local $ENV{SUDO_USER} = 'root';
    $r = EPortal::CLI::execute([build_file('kc.eportal'), qw(feed -d other)],
        '', EPortal::CLI::owner_name());
    is($r->{exit}, 0, 'another user deletes it') or diag $r->{err};
    is((rows('--limit', 1))[0]{actor}, EPortal::CLI::owner_name(),
        'who is not root cannot say that he is');
};

subtest 'NEW-SEC-7: kc.eportal audit' => sub {
    my $r = $portal->run('audit');
    like($r->{out}, qr/^TIME +USER +VIA +IP +ACTION +OBJECT +RESULT +DETAIL/,
        'a table');
    my @all = rows('--limit', 0);
    is_deeply([ map { $_->{id} } @all ],
        [ sort { $b <=> $a } map { $_->{id} } @all ], 'newest first');
    is(scalar rows('--limit', 2), 2, '--limit');
    is_deeply([ grep { $_->{action} !~ /^user\./ } rows(qw(--action user.)) ],
        [], '--action of an entity');
    ok(scalar rows(qw(--action user.)), '... has rows');
    is_deeply([ map { $_->{action} } rows(qw(--action feed.delete)) ],
        ['feed.delete'], '--action');
    is_deeply([ map { "$_->{object} $_->{action}" }
            rows(qw(--object other --limit 1)) ], ['other feed.delete'],
        '--object');
    is_deeply([ grep { $_->{actor} ne 'carol' } rows(qw(--user carol)) ], [],
        '--user');
    is_deeply([ grep { $_->{result} eq 'ok' } rows(qw(--result failed)) ], [],
        '--result');
    is(scalar rows('--since', '1d', '--limit', 0), scalar @all, '--since');
    is_deeply([ rows('--until', '1h') ], [], '--until');
    is_deeply([ rows('--since', '2099-12-31 23:59') ], [], '... a date');
    my $csv = $portal->run(qw(audit --csv --limit 1));
    is($csv->{exit}, 0, '--csv');
    like($csv->{out}, qr/\Aid,time,actor,via,ip,action,object,result,detail\r\n
        "\d+","\d{4}-\d\d-\d\d[ ]\d\d:\d\d:\d\d\.\d{6}","[^"]+","cli","",
        "feed.delete","other","ok","(?:[^"]|"")*"\r\n\z/x, '... as RFC 4180');
    for my $wrong ([qw(--since soon)], [qw(--until 2026-13-01)],
        [qw(--limit -1)], [qw(--csv --json)]) {
        is($portal->run('audit', @$wrong)->{exit}, 2, "refused: @$wrong");
    }
};

subtest 'W-17: CSV holds no formula' => sub {
    carol(qw(user -a -p Secret-12), '=1+cmd("x")');
    like($portal->run(qw(audit --csv --limit 1))->{out},
        qr/,"'=1\+cmd\(""x""\)",/, 'a spreadsheet sees text');
};

subtest 'W-2: old rows are forgotten' => sub {
    my $count = scalar rows('--limit', 0);
    my $daemon = EPortal::Daemon->start($portal);

    is($daemon->job('audit-clean')->{period}, 86400, 'each day');
    like($daemon->run_job('audit-clean')->{result}, qr/^0 rows deleted/,
        'nothing is a year old');
    is($daemon->stop, 0, 'the daemon ends');
    $portal->write_config("BASE_DIR = '$portal->{data}'\n"
        . "AUDIT_RETENTION = 1\n");
    sleep 2;
    $daemon = EPortal::Daemon->start($portal);
    $daemon->run_job('audit-clean');
    my @left = rows('--limit', 0);
    cmp_ok(scalar(grep { $_->{action} ne 'audit.clean' } @left), '<', $count,
        'with AUDIT_RETENTION = 1 most are gone');
    my ($row) = grep { $_->{action} eq 'audit.clean' } @left;
    is($row->{actor}, 'daemon', 'which is a row itself, of the daemon');
    cmp_ok($row->{detail}{deleted}, '>', 0, '... and says how many');
    $portal->write_config("BASE_DIR = '$portal->{data}'\n"
        . "AUDIT_RETENTION = 0\n");
    ok($daemon->wait_for(sub {
            $daemon->job('audit-clean')->{state} eq 'off' }),
        'AUDIT_RETENTION = 0 keeps them');
    is($daemon->stop, 0, 'the daemon ends');
};

done_testing();
