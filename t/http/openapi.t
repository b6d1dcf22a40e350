#!/usr/bin/perl
# The contract and the routes agree (W-14): the same operations, methods and
# paths, and answers that are closed. That answers keep to it is looked at in
# every test that asks for one (EPortal::Test).

use strict;
use warnings;

use EPortal::OpenAPI qw(document operations operation_of check_answer);
use EPortal::Test;
use JSON::PP ();
use Test::More;

my $t = EPortal::Test->new;

$t->cli_ok(qw(user -a -p secret admin));
$t->start;
my $served = $t->get('/admin/api/openapi.json');
is($served->{status}, 200, 'W-14: the contract is served');
is_deeply(JSON::PP::decode_json($served->{content}), document(),
    'W-14: as it stands in lib/http/openapi.yaml');
is(document()->{openapi}, '3.1.0', 'in version 3.1');

# ---- routes ----

my %route;
for my $r (@{ JSON::PP::decode_json($t->cli_ok('routes', '--json'))->{routes} })
{
    my $path = $r->{path} =~ s{\A\[(/admin)\]}{$1}r;
    $path =~ s{\A\[[^\]]*\]}{};
    $path =~ s{\[/\]\z}{};
    $route{$r->{name}} = { path => $path, auth => $r->{auth},
        methods => join ' ', sort ref $r->{methods} ? @{ $r->{methods} }
            : split /[ ,|]+/, $r->{methods} };
}
my %documented;
for my $o (operations()) {
    $documented{$o->{id}}{path} = $o->{path};
    push @{ $documented{$o->{id}}{methods} }, $o->{method};
    $documented{$o->{id}}{security} = $o->{operation}{security};
}
is(join(' ', grep { !$documented{$_} } sort keys %route), '',
    'W-14: every route is in the contract');
is(join(' ', grep { !$route{$_} } sort keys %documented), '',
    'W-14: and nothing else');
for my $name (sort grep { $documented{$_} } keys %route) {
    my $d = $documented{$name};
    # "{}" beside others: nobody need say who he is.
    my @ways = @{ $d->{security} || [1] };
    my $public = !@ways || grep { ref && !keys %$_ } @ways;
    is("$d->{path} " . join(' ', sort @{ $d->{methods} }),
        "$route{$name}{path} $route{$name}{methods}", "$name: path and methods");
    is($public ? 'public' : 'not', $route{$name}{auth} =~
            /^(public|agent-optional|index)$/ ? 'public' : 'not',
        "$name: who may");
}

# ---- with a slash behind, and without ----

# Nobody is logged in, so nothing happens; what is asked for is found or not.
my $walked = 0;
for my $r (@{ JSON::PP::decode_json($t->cli_ok('routes', '--json'))->{routes} })
{
    next if $r->{path} !~ m{\A/admin/api/}
        || $r->{auth} !~ /\A(?:user|admin|index)\z/
        && $r->{name} !~ /\A(?:register|login|session)\z/;
    my $path = $route{ $r->{name} }{path} =~ s/\{\w+\}/x/gr;

    $walked++;
    for my $method (split / /, $route{ $r->{name} }{methods}) {
        my %status = map { $_ => $t->request($method, $_)->{status} }
            $path, "$path/";

        is($status{$path}, $status{"$path/"},
            "$method $path is the same with a slash behind");
        like($status{$path}, qr/\A(?:200|400|401)\z/, '... and no redirect');
    }
}
cmp_ok($walked, '>', 50, 'routes were walked');

# ---- closed schemas ----

my @open;
# What may have members that nobody lists: what others decide (a document, the
# data of a method, the detail of a row), and bodies of requests.
my %free = map { $_ => 1 } 'openapi 200', qw(Envelope.data AuditRow.detail
    AuditExported.detail Login LdapTest SourceSecret PasswordChange UserChange);
my %freed;

sub look {
    my ($where, $schema) = @_;

    return if $schema->{'$ref'};
    my @type = ref $schema->{type} ? @{ $schema->{type} } : $schema->{type} // ();
    push @open, "$where has no type"
        if !@type && !grep { $schema->{$_} } qw(oneOf anyOf allOf enum);
    push @open, "$where is open" if (grep { $_ eq 'object' } @type)
        && !exists $schema->{additionalProperties};
    if (($schema->{additionalProperties} // 0) eq JSON::PP::true) {
        $freed{$where} = 1;
        push @open, "$where has any property" if !$free{$where};
    }
    look("$where.$_", $schema->{properties}{$_})
        for sort keys %{ $schema->{properties} || {} };
    look("$where\[]", $schema->{items}) if $schema->{items};
    for my $kind (qw(oneOf anyOf allOf)) {
        look("$where.$kind", $_) for @{ $schema->{$kind} || [] };
    }
    look("$where.*", $schema->{additionalProperties})
        if ref $schema->{additionalProperties} eq 'HASH';
}

look($_, document()->{components}{schemas}{$_})
    for sort keys %{ document()->{components}{schemas} };
sub look_at_response {
    my ($where, $response) = @_;
    my $content = $response->{content} || {};

    look($where, $content->{$_}{schema}) for sort keys %$content;
}

look_at_response($_, document()->{components}{responses}{$_})
    for sort keys %{ document()->{components}{responses} };
for my $o (operations()) {
    my $responses = $o->{operation}{responses};
    look_at_response("$o->{id} $_", $responses->{$_}) for sort keys %$responses;
}
is(join(' ', grep { !$freed{$_} } sort keys %free), '',
    'what may be free is there');
is(join("\n", @open), '', 'W-14: answers are closed, every property has a type');

# ---- the check itself ----

my $feeds = operation_of(GET => '/admin/api/feeds/?x');
is($feeds->{id}, 'feeds', 'a request is known by its path, slash or not');
my %answer = (status => 200, headers => { 'content-type' => 'application/json' });
ok(check_answer($feeds, { %answer, content => '{"result":[{"name":1}]}' }),
    'a wrong type is found');
ok(check_answer($feeds, { %answer, content => '{"result":[],"more":1}' }),
    'and a member too many');
is_deeply([check_answer($feeds, { %answer, content => '{"result":[]}' })], [],
    'and nothing where nothing is wrong');

finish($t);
done_testing();
