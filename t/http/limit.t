#!/usr/bin/perl
# A key's server limit, when many servers register at the same time with both
# workers.

use strict;
use warnings;

use EPortal::Test;
use Test::More;

my $LIMIT = 37;
my $t = EPortal::Test->new;

$t->cli_ok('key', '-a', 'limited', '--server-limit', $LIMIT);
$t->start;

my @clients;
for my $n (1 .. 6) {
    my $file = "$t->{dir}/client.$n";
    my $pid = fork // die "fork: $!";

    if ($pid == 0) {
        open my $out, '>', $file or die "$file: $!";
        for (1 .. 20) {
            my $r = $t->get('/api/kcare/register_server.plain?key=limited');
            my ($code) = $r->{content} =~ /^code:(\d+)$/m;
            my ($id) = $r->{content} =~ /^server_id:(\w+)$/m;
            print $out join(' ', $r->{status}, $code // '?', $id // '-'), "\n";
        }
        close $out;
        POSIX::_exit(0);
    }
    push @clients, [$pid, $file];
}

my @lines;
for my $client (@clients) {
    waitpid $client->[0], 0;
    push @lines, split /\n/, slurp($client->[1]);
}
my @in = grep { /^200 0 \w+$/ } @lines;
my @out = grep { /^200 3 -$/ } @lines;

is(scalar @lines, 120, 'every registration is answered');
is(scalar @in, $LIMIT, 'KEY-10, KEY-23: exactly as many as the limit says get in');
is(scalar @out, 120 - $LIMIT, 'the others are told so');
is($t->sql('SELECT count(*) FROM server'), $LIMIT, 'and in the database');

my $r = $t->post('/admin/api/register', content => '{"key": "limited"}',
    headers => { 'Content-Type' => 'application/json' });
is($r->{status}, 400, 'the API refuses, too');
is($r->{content}, '{"error":"key-limit-reached"}',
    'NEW-API-2: with its word for it');

my ($id) = $in[0] =~ /(\w+)$/;
$r = $t->get("/admin/api/kcare/register_server.plain?key=limited&server_id=$id");
is($r->{content}, "success:true\ncode:0\nserver_id:$id\n",
    'a server that is in registers again and keeps its id');
$t->get("/admin/api/kcare/unregister_server.plain?server_id=$id");
is($t->register('limited') =~ /^[A-Za-z][A-Za-z0-9]{15}$/, 1,
    'one that leaves makes room for one');
is($t->sql('SELECT count(*) FROM server'), $LIMIT, 'and no more');

finish($t);
done_testing();
