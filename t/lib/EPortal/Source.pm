# The project's own files, as the tests that read source text see them.

package EPortal::Source;

use strict;
use warnings;

use Exporter 'import';
use File::Find;
use FindBin;

our @EXPORT_OK = qw(root files slurp code_of strings_of);

# The top of the tree: the directory above t/, wherever below the test is.
my $root = $FindBin::RealBin;
$root =~ s{/t(?:/.*)?\z}{};

my @all;


# Path of the tree, or of something in it.
sub root {
    my ($path) = @_;

    return defined $path ? "$root/$path" : $root;
}


# Every file whose path from the top matches; built and foreign trees are
# left out.
sub files {
    my ($pattern) = @_;

    if (!@all) {
        find({
            no_chdir => 1,
            wanted => sub {
                my $path = $File::Find::name;
                $path =~ s{^\Q$root\E/?}{};
                if (-d $File::Find::name && !-l $File::Find::name) {
                    $File::Find::prune = 1
                        if $path =~ m{^(?:\.git|build[^/]*|\.demo|obj[^/]*)$}
                        || $path =~ m{(?:^|/)node_modules$};
                    return;
                }
                push @all, $path if -f $File::Find::name && $path ne '.git';
            },
        }, $root);
        @all = sort @all;
    }
    return grep { /$pattern/ } @all;
}


sub slurp {
    my ($path) = @_;

    open(my $fh, '<:raw', "$root/$path") or die "cannot read $path: $!\n";
    local $/;
    my $text = <$fh>;
    return defined $text ? $text : '';
}


# C text with comments blanked out, and strings too unless they are wanted;
# lines keep their numbers.
sub code_of {
    my ($path, $keep_strings) = @_;
    my $text = slurp($path);

    $text =~ s{
        (/\*.*?\*/) | ("(?:[^"\\\n]|\\.)*") | ('(?:[^'\\\n]|\\.)+')
    }{
        defined $1 ? blank($1)
            : defined $2 ? ($keep_strings ? $2 : '""')
            : $3
    }gsex;
    return $text;
}


sub blank {
    my ($comment) = @_;

    return ' ' . ("\n" x ($comment =~ tr/\n//));
}


# The string literals of a C or Perl file. In Perl only quotes are known, no
# here-documents; comment lines and pod are left out.
sub strings_of {
    my ($path) = @_;
    my @strings;

    if ($path =~ /\.[ch]$/) {
        my $text = code_of($path, 1);

        # Literals side by side are one string.
        $text =~ s/"\s+"//g;
        push @strings, $1 while $text =~ /"((?:[^"\\\n]|\\.)*)"/g;
        return @strings;
    }
    my $text = slurp($path);
    $text =~ s/^=\w.*?^=cut$//gms;
    $text =~ s/^\s*(?:#|\/\/).*$//gm;
    $text =~ s/\n__(?:END|DATA)__\n.*//s;
    # Line by line, so that a lone quote in a pattern spoils no more than one.
    for my $line (split /\n/, $text) {
        push @strings, $1 // $2
            while $line =~ /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g;
    }
    return @strings;
}

1;
