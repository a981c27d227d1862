#!/bin/sh
# Debian's arm64 programs at work: debian.sh ROOT [RUNNER...]. ROOT is where their packages are unpacked; on the host RUNNER is
# qemu-aarch64 with its options, in the guest there is none. Every line printed is the same on both.
root=$1
shift
runner=$*
export LC_ALL=C TZ=UTC PERL_HASH_SEED=0 PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1
unset PYTHONPATH PERL5LIB OPENSSL_CONF
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

run() {
    program=$1
    shift
    for folder in bin usr/bin; do
        if [ -x "$root/$folder/$program" ]; then
            # shellcheck disable=SC2086
            $runner "$root/$folder/$program" "$@"
            return
        fi
    done
    echo "no $program"
    return 1
}
# say NAME: a line with the size and checksum of what comes in.
say() {
    cat >out
    echo "$1 $(run cksum <out)"
}

# ---- coreutils, text ----
run seq 1 6000 >numbers
run seq 3 7 40000 | run sort -R --random-source=numbers >shuffled
for sum in md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum sum cksum; do
    run $sum <shuffled
done
run sort -n shuffled | say sort-n
run sort -r shuffled | say sort-r
run sort -g -k1.2 shuffled | say sort-g
run tac numbers | say tac
run od -A x -t x1z -t f8 shuffled | run head -200 | say od
run base64 -w 70 shuffled | tee encoded | say base64
run base64 -d encoded | cmp - shuffled && echo base64 ok
run tr 0-9 a-j <numbers | run fold -w 57 | run uniq -c | say tr
run cut -c 2-4 numbers | run sort | run uniq -c | run sort -rn | run head -20 | say cut
run paste -d : numbers shuffled | run join -t : - numbers 2>/dev/null | say paste
run nl -ba numbers | run fmt -w 60 | run tail -n +40 | say nl
run comm -12 numbers numbers | run wc
for number in 18446744073709551557 340282366920938463463374607431768211297 1000000016000000063 123456789012345678901234567890; do
    run factor $number
done
run numfmt --to=iec 1 1023 1024 1234567 98765432109876
run printf '%a %.17g %e %08.3f %x\n' 3.14159 0.1 1e-310 -2.5 255
run expr 123456789 \* 987654321 + 17 / 3
run shuf --random-source=shuffled -i 1-50 | say shuf
run split -b 3000 -d shuffled part && cat part* | cmp - shuffled && echo split ok
run dd if=shuffled bs=777 skip=3 count=9 2>/dev/null | say dd
run date -d '2024-02-29 12:34:56 UTC + 100 days' '+%F %T %j %U'
run sed -n -E 's/([0-9])([0-9]+)/\2-\1/p; 100q' numbers | say sed
run grep -E -c '^(1|2)*[5-9]+$' numbers
run grep -o -b '77' numbers | say grep
# shellcheck disable=SC2016
run mawk '{ s += sqrt($1) * sin($1); n[$1 % 17] += $1 } END { printf "%.15g\n", s; for (i = 0; i < 17; i++) printf "%d ", n[i]; print "" }' numbers

# ---- Compression ----
for tool in "gzip -n -9" "gzip -n -1" "bzip2 -9" "xz -6 -T1 --check=crc64" "xz -0 -T1 --check=sha256"; do
    # shellcheck disable=SC2086
    run $tool -c shuffled >packed
    say "$tool" <packed
    # shellcheck disable=SC2086
    run ${tool%% *} -dc packed | cmp - shuffled && echo unpacked
done

# ---- OpenSSL ----
for hash in md5 sha1 sha256 sha512 sha3-256 sha3-512 sm3 blake2b512 blake2s256 ripemd160; do
    run openssl dgst -provider default -provider legacy -provider-path "$root/usr/lib/aarch64-linux-gnu/ossl-modules" -r -$hash shuffled
done 2>&1
key=00112233445566778899aabbccddeeff
for cipher in aes-128-cbc aes-192-cfb aes-256-ctr aes-128-ofb aes-256-ecb chacha20 camellia-128-cbc sm4-cbc aria-128-ctr des-ede3-cbc; do
    run openssl enc -$cipher -K $key$key -iv $key -in shuffled -out sealed 2>/dev/null
    say $cipher <sealed
    run openssl enc -d -$cipher -K $key$key -iv $key -in sealed 2>/dev/null | cmp - shuffled && echo decrypted
done
run openssl mac -digest SHA256 -macopt hexkey:$key -in shuffled HMAC
run openssl mac -cipher AES-256-GCM -macopt hexkey:$key$key -macopt hexiv:001122334455667788990011 -in shuffled GMAC
run openssl mac -macopt hexkey:$key$key -in shuffled Poly1305
run openssl kdf -keylen 24 -kdfopt digest:SHA512 -kdfopt pass:secret -kdfopt salt:salt -kdfopt iter:300 PBKDF2
run openssl kdf -keylen 24 -kdfopt pass:secret -kdfopt salt:salt -kdfopt n:256 -kdfopt r:8 -kdfopt p:1 SCRYPT
run openssl prime -hex FFFFFFFFFFFFFFC5 80000000000000000000001D 100000000000000000000000000000033
run openssl genrsa -out rsa.pem 1024 2>/dev/null && run openssl dgst -sha256 -sign rsa.pem -out sig shuffled &&
    run openssl rsa -in rsa.pem -pubout -out pub.pem 2>/dev/null && run openssl dgst -sha256 -verify pub.pem -signature sig shuffled
run openssl ecparam -name prime256v1 -genkey -noout -out ec.pem && run openssl dgst -sha256 -sign ec.pem -out sig shuffled &&
    run openssl ec -in ec.pem -pubout -out pub.pem 2>/dev/null && run openssl dgst -sha256 -verify pub.pem -signature sig shuffled
for curve in X25519 ED25519; do
    run openssl genpkey -algorithm $curve -out a.pem && run openssl pkey -in a.pem -pubout -out pub.pem && run openssl pkey -pubin -in pub.pem -noout && echo $curve
done

# ---- Languages ----
cat >program.pl <<'PERL'
my ($s, %n, @w) = (0);
for my $i (1 .. 3000) { $s += sqrt($i) * cos($i) / ($i + 0.25); $n{"k" . ($i * 7919 % 501)} .= chr(97 + $i % 26); }
printf "%.17g %d\n", $s, scalar keys %n;
print join(",", map { "$_=" . length $n{$_} } (sort keys %n)[0 .. 9]), "\n";
my $t = join " ", map { $n{$_} } sort keys %n;
$t =~ s/(\w)(\w)(\w)/$3$1/g; my $c = () = $t =~ /a[b-y]*z/g;
print $c, " ", unpack("%32C*", $t), " ", length $t, "\n";
print join(" ", unpack "w/a* (H4)*", pack "w/a* n*", $t, 1 .. 20), "\n";
printf "%s %e %a\n", 2 ** 0.5, 1e300 * 1e-310, 0.1;
PERL
run perl program.pl | say perl
run perl program.pl | run head -2
cat >program.py <<'PYTHON'
import math, re, struct
def show(*a): print(*a)
a = 3 ** 2000 // 7 ** 400
show(a % (10 ** 40), a.bit_length(), pow(5, a, 2 ** 521 - 1) % 10 ** 30)
s = 0.0
for i in range(1, 3000):
    s += math.sin(i) * math.exp(-i / 700) / math.sqrt(i) + math.gamma(1 + i % 7 / 3) - math.lgamma(i + .5) / 1e4
show(repr(s), s.hex(), math.fsum(1 / k for k in range(1, 2000)))
words = [w for w in re.findall(r"[a-z]+", "the quick brown fox jumps over the lazy dog " * 40)]
show(sorted(set(words)), len(words))
show([float(x) for x in "0.1 1e23 5e-324 1.7976931348623157e308 123456789.123456789".split()])
show(struct.pack("<dfqH", 1 / 3, 2 / 3, -5, 513).hex(), divmod(-17 ** 30, 12345), round(2.675, 2))
grid = [[(i * j + i) % 10 for j in range(30)] for i in range(30)]
for _ in range(5):
    grid = [[(grid[i - 1][j] + grid[i][j - 1] + grid[(i + 1) % 30][j] * 3) % 10 for j in range(30)] for i in range(30)]
show(sum(map(sum, grid)), "".join(map(str, grid[7])))
PYTHON
run python3.11 -I -S program.py
