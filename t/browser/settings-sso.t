#!/usr/bin/perl
# The page of single sign-on in a real browser, with a real OpenID provider.

use strict;
use warnings;

use EPortal::Console;
use EPortal::Provider qw(start_provider);
use EPortal::Test;
use Test::More;

my $t = EPortal::Test->new->console;
my $provider = start_provider(users => {},
    portals => ["http://127.0.0.1:$t->{port}"]);

$t->cli_ok('user', '-a', '-p', 'secret', 'admin');
$t->write_config($provider->settings);
$t->start;
run_browser($t, 'settings-sso', ISSUER => $provider->{issuer},
    CLIENT_SECRET => $provider->{secret});
finish($t);
done_testing();
