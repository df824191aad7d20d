use super::*;

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(normalize(text), expected, "{text}");
}

#[test]
fn two_lines_are_kept() {
    check("a", "a");
    check("a\nb", "a\nb");
    check("\n a\n\nb\nc", " a\nb...");
    check("a\n", "a...");
    check("a\r\nb", "a\nb...");
    check("", "");
    check(" \n ", "...");
    check("5\n\n6", "<int>\n<int>...");
}

#[test]
fn the_example_of_the_reference() {
    check(
        "user 42 not found at 10.0.0.1, id='a'",
        "user <int> not found at <ip>, id=<quoted_str>",
    );
}

#[test]
fn every_kind_is_found() {
    for (kind, texts) in [
        (
            "email",
            &["a.b+c@example.co.uk", "root@localhost", "o'neil@example.com", "#x@y"][..],
        ),
        (
            "url",
            &[
                "https://x.example/a?b=1",
                "ws://h:80/",
                "wss://a.b",
                "http://a.b/c#d",
                "ftp://a.b/c",
            ],
        ),
        (
            "hostname",
            &["api.example.com", "EXAMPLE.ORG", "a-b.c.io", "10.shop.de"],
        ),
        (
            "ip",
            &[
                "10.0.0.1",
                "255.255.255.255",
                "2001:db8:85a3::8a2e:370:7334",
                "::1",
                "fe80::1",
                "::ffff:10.0.0.1",
                "1:2:3:4:5:6:7:8",
            ],
        ),
        (
            "traceparent",
            &[
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "1-67891233-abcdef012345678912345678",
            ],
        ),
        (
            "uuid",
            &[
                "123e4567-e89b-12d3-a456-426614174000",
                "123E4567-E89B-12D3-A456-426614174000",
            ],
        ),
        ("sha1", &["da39a3ee5e6b4b0d3255bfef95601890afd80709"]),
        (
            "md5",
            &["d41d8cd98f00b204e9800998ecf8427e", "D41D8CD98F00B204E9800998ECF8427E"],
        ),
        (
            "date",
            &[
                "2026-11-01",
                "2026-11-01T10:20:30Z",
                "2026-11-01T10:20:30.123456+01:00",
                "2026-11-01 10:20:30",
                "2026-11-01 10:20:30,123",
                "2026-11-01 10:20",
                "20261101T102030Z",
                "20261101 1020",
                "Mon, 02 Jan 2006 15:04:05 GMT",
                "Mon, 2 Jan 06 15:04 +0100",
                "02 Jan 2006 15:04:05 EST",
                "Monday, 02-Jan-06 15:04:05 GMT",
                "Mon Jan 02 2006 15:04:05 GMT+0100 (CET)",
                "Mon Jan 02 2006 15:04:05 GMT+0100",
                "Mon Jan  2 15:04:05 2006",
                "Mon Jan 02, 2006",
                "Jan 02, 1999",
                "10:20",
                "10:20:30",
                "9:05 PM",
                "11:59pm",
                "datetime.datetime(2026, 11, 1, 10, 20)",
            ],
        ),
        ("duration", &["12ms", "1.5s", "3s", "0.25ms"]),
        (
            "swift_txn_id",
            &[
                "tx0123456789abcdef01234-0123456789",
                "tx0123456789abcdef01234-0123456789-dc1",
            ],
        ),
        ("mac", &["00:1a:2b:3c:4d:5e", "AA-BB-CC-DD-EE-F0"]),
        (
            "hex",
            &[
                "0xDEADbeef",
                "0X1",
                "a1b2",
                "1f2e3d",
                "ABC123",
                "12345678",
                "deadbeef",
                "DEADBEEF12",
                "-12345678",
                "-0x1f",
            ],
        ),
        ("git_sha", &["a1b2c3d", "1234abc"]),
        (
            "random_id",
            &["8Kx2mPq91LsVn4", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "cus9s6XKzkNRiz8i3"],
        ),
        ("float", &["1.5", "-1.5", "0.001"]),
        ("int", &["0", "-3", "1234567"]),
    ] {
        for text in texts {
            check(text, &format!("<{kind}>"));
            check(&format!("of {text} here"), &format!("of <{kind}> here"));
            // These end at the next space only.
            if !matches!(kind, "url" | "swift_txn_id") {
                check(&format!("({text})"), &format!("(<{kind}>)"));
            }
        }
    }
    check("name='x y', other=\"z\"", "name=<quoted_str>, other=<quoted_str>");
    check("ok=true, no=False", "ok=<bool>, no=<bool>");
}

#[test]
fn what_only_looks_like_one_stays() {
    for text in [
        "a@",
        "@b",
        "a @ b", // e-mail
        "http:// x",
        "http://",
        "mailto:x",
        "xhttps:/", // addresses
        "main.py",
        "a.b.c",
        "Example.Com",
        "com",
        ".com",
        "self.items",
        "java.lang.Object", // hosts
        "Class::method",
        "dead::beef_x",
        "a::b",
        "std::cafe::y",
        "::", // no addresses in names
        "v1",
        "b2",
        "x86",
        "utf8",
        "i18n",
        "abc",
        "face",
        "abc1_",
        "_abc1",
        "Ab12", // hex wants one case and a length
        "feedfaces",
        "cafe",
        "aa-bb-cc-dd-ee-ff",
        "a1b2c3x", // words
        "ProductVersion12",
        "Utf8ToUtf16Converter",
        "AbstractSingletonProxyFactoryBean", // names
        "1x",
        "x1",
        "1_000", // no numbers
        "'x y'",
        "\"x\"",
        "true",
        "name=''",
        "ok=trueish",
        "x= true", // values only behind `=`
        "Monday",
        "March",
        "Sun is up",
        "Sat in May", // no dates
        "ms",
        "s",
        "fooms", // no durations
        "Größe überschritten",
        "—",
        "日本語", // no ASCII
    ] {
        check(text, text);
    }
}

#[test]
fn neighbours_decide() {
    check("row-17", "row-<int>");
    check("x = -17", "x = <int>");
    check("a-1.5", "a<float>");
    check("4a5b-12", "<hex>-<int>");
    check("123456789", "<hex>");
    check("1.2.3", "<float>.<int>");
    check("10.0.0.256", "<float>.<float>");
    check("file2026-11-01.log", "file<date>.log");
    check("at 10:20:30:40", "at <int>:<int>:<int>:<int>");
    check("127.0.0.1:8080", "<ip>:<int>");
    check("https://a.b/c, d", "<url> d");
    check("foo.com.internal", "<hostname>.internal");
    check("pay_8Kx2mPq91LsVn4 failed", "pay_<random_id> failed");
    check("x=foo@bar.com", "<email>");
    check("x='a@b.c'", "<email>'");
    check("v1.2.3", "v1.<float>");
    check("Größe 5 überschritten", "Größe <int> überschritten");
    check("5€", "<int>€");
    check("5ü", "5ü");
    check("a=1&b=2", "a=<int>&b=<int>");
    check("took 12ms or 1.5s", "took <duration> or <duration>");
    check("commit a1b2c3d or ab1c2d3", "commit <git_sha> or <git_sha>");
    check("[1, 2]", "[<int>, <int>]");
    check("0x", "0x");
    check("0xg", "0xg");
    check("time 25:61", "time <int>:<int>");
}

#[test]
fn long_texts_stay() {
    let numbers = |count: usize| "ü 1 ".repeat(count);
    assert_eq!(parameterize(&numbers(MAX_CHARS / 4)), "ü <int> ".repeat(MAX_CHARS / 4));
    assert_eq!(parameterize(&numbers(MAX_CHARS / 4 + 1)), numbers(MAX_CHARS / 4 + 1));
}
