//! Every built-in rule with every method (`ingest.md` §5.2).

use serde_json::{Value, json};

use crate::{advanced, scrub_text};

const SAMPLES: [(&str, &str); 16] = [
    ("anything", "a b"),
    ("bearer", "a Bearer abc b"),
    ("common", "a Bearer abc 4111111111111111 b"),
    ("cookies", "a sessionid=abc; csrf=x; foo=y b"),
    ("creditcard", "a 4111-1111-1111-1111 b"),
    ("email", "a a@b.co b"),
    ("iban", "a DE89370400440532013000 b"),
    ("imei", "a 356938035643809 b"),
    ("ip", "a 127.0.0.1 b"),
    ("mac", "a 4a:00:04:10:9b:50 b"),
    ("password", "a password b"),
    (
        "pemkey",
        "-----BEGIN EC PRIVATE KEY-----\nMIHbA\nAAEE\n-----END EC PRIVATE KEY-----",
    ),
    ("urlauth", "a https://u:p@h/x b"),
    ("userpath", "a C:\\Users\\joe\\x b"),
    ("usssn", "a 078-05-1120 b"),
    ("uuid", "a ceee0822-ed8f-4622-b2a3-789e73e75cd1 b"),
];

const METHODS: [&str; 7] = ["", ":remove", ":replace", ":mask", ":hash", ":filter", ":legacy"];

/// In the order of the methods; `-`: there is no such rule.
const EXPECTED: [[&str; 7]; 16] = [
    [
        "[Filtered]",
        "null",
        "[Filtered]",
        "***",
        "4C5674F51CDB1CBB792F69607EFCC07FB8F081B5",
        "[Filtered]",
        "-",
    ],
    [
        "a Bearer [token] b",
        "a  b",
        "a Bearer [token] b",
        "a ********** b",
        "a 8C91F2C809E0A60EC1C28EFD9E7CCFF0DA4E9F9C b",
        "a [Filtered] b",
        "-",
    ],
    [
        "a Bearer [token] [creditcard] b",
        "-",
        "-",
        "-",
        "-",
        "a [Filtered] [Filtered] b",
        "-",
    ],
    [
        "-",
        "-",
        "-",
        "-",
        "-",
        "a sessionid=[Filtered]; csrf=[Filtered]; foo=y b",
        "-",
    ],
    [
        "a [creditcard] b",
        "a  b",
        "a [creditcard] b",
        "a ******************* b",
        "a C10CF83E3DE05BAEACAE2DE3D09CE4C6169BBF52 b",
        "a [Filtered] b",
        "-",
    ],
    [
        "a [email] b",
        "a  b",
        "a [email] b",
        "a ****** b",
        "a 4161E89BBB62D2C0B4DAC2C17E1B8A048C553F61 b",
        "-",
        "-",
    ],
    [
        "a [iban] b",
        "a  b",
        "a [iban] b",
        "a ********************** b",
        "a 8A1248B6F40D38FBC59ADE6AD0DF69C7BB9C936A b",
        "a [Filtered] b",
        "-",
    ],
    [
        "a [imei] b",
        "a  b",
        "a [imei] b",
        "a 3888108AA99417402969D0B47A2CA4ECD2A1AAD3 b",
        "a 3888108AA99417402969D0B47A2CA4ECD2A1AAD3 b",
        "-",
        "-",
    ],
    [
        "a [ip] b",
        "a  b",
        "a [ip] b",
        "a ********* b",
        "a AE12FE3B5F129B5CC4CDD2B136B7B7947C4D2741 b",
        "-",
        "-",
    ],
    [
        "a ***************** b",
        "a  b",
        "a [mac] b",
        "a ***************** b",
        "a 6220F3EE59BF56B32C98323D7DE43286AAF1F8F1 b",
        "-",
        "-",
    ],
    [
        "",
        "",
        "[password]",
        "************",
        "CA760DFE863EDF9DF76E79F98426E183AE964CCF",
        "[Filtered]",
        "-",
    ],
    [
        "-----BEGIN EC PRIVATE KEY-----\n[pemkey]\n-----END EC PRIVATE KEY-----",
        "-----BEGIN EC PRIVATE KEY-----\n\n-----END EC PRIVATE KEY-----",
        "-----BEGIN EC PRIVATE KEY-----\n[pemkey]\n-----END EC PRIVATE KEY-----",
        "-----BEGIN EC PRIVATE KEY-----\n**********\n-----END EC PRIVATE KEY-----",
        "-----BEGIN EC PRIVATE KEY-----\nF5DCB1020659F017FCDD850F9A01316897194469\n-----END EC PRIVATE KEY-----",
        "-----BEGIN EC PRIVATE KEY-----\n[Filtered]\n-----END EC PRIVATE KEY-----",
        "-",
    ],
    [
        "a https://[auth]@h/x b",
        "a https://@h/x b",
        "a https://[auth]@h/x b",
        "a https://***@h/x b",
        "a https://68D737C0C19DC10B5C163E66207E5E4F924B9E5D@h/x b",
        "-",
        "a https://u:[Filtered]@h/x b",
    ],
    [
        "a C:\\Users\\[user]\\x b",
        "a C:\\Users\\\\x b",
        "a C:\\Users\\[user]\\x b",
        "a C:\\Users\\***\\x b",
        "a C:\\Users\\5EF8DC79E3836579CE839E214F4F0125F68AB240\\x b",
        "-",
        "-",
    ],
    [
        "a *********** b",
        "a  b",
        "a [us-ssn] b",
        "a *********** b",
        "a 01328BB9C55B35F354FBC7B60CADAC789DC2035C b",
        "a [Filtered] b",
        "-",
    ],
    [
        "a ************************************ b",
        "a  b",
        "a [uuid] b",
        "a ************************************ b",
        "a EBFA4DBDAA4A619F10B6DE2ABB630DE0122F5CDB b",
        "-",
        "-",
    ],
];

fn with(rule: &str, text: &str) -> (Value, Value) {
    scrub_text(&advanced(&json!({"applications": {"extra.x": [rule]}})), text)
}

#[test]
fn every_rule_has_its_methods() {
    for ((kind, sample), expected) in SAMPLES.iter().zip(EXPECTED) {
        for (method, expected) in METHODS.iter().zip(expected) {
            let rule = format!("@{kind}{method}");
            let expected = match expected {
                "-" => json!(sample),
                "null" => Value::Null,
                text => json!(text),
            };
            assert_eq!(with(&rule, sample).0, expected, "{rule}");
        }
    }
}

#[test]
fn remarks_name_the_rule_and_what_it_did() {
    let check = |rule: &str, text: &str, expected: Value| assert_eq!(with(rule, text).1, expected, "{rule}");
    check("@ip", "a 127.0.0.1 b", json!({"rem": [["@ip", "s", 2, 6]], "len": 13}));
    check(
        "@ip:mask",
        "a 127.0.0.1 b",
        json!({"rem": [["@ip:mask", "m", 2, 11]], "len": 13}),
    );
    check(
        "@ip:hash",
        "a 127.0.0.1 b",
        json!({"rem": [["@ip:hash", "p", 2, 42]], "len": 13}),
    );
    check(
        "@ip:remove",
        "a 127.0.0.1 b",
        json!({"rem": [["@ip:remove", "x", 2, 2]], "len": 13}),
    );
    check("@anything:remove", "a", json!({"rem": [["@anything:remove", "x"]]}));
    check(
        "@password",
        "a password",
        json!({"rem": [["@password", "x", 0, 0]], "len": 10}),
    );
    check(
        "@common",
        "a Bearer abc 4111111111111111 b",
        json!({"rem": [["@bearer", "s", 2, 16], ["@creditcard", "s", 17, 29]], "len": 31}),
    );
}

#[test]
fn equal_texts_have_equal_hashes() {
    assert_eq!(
        with("@anything:hash", "abc").0,
        "9B4A918F398D74D3E367970ABA3CBE54E4D2B5D9"
    );
}

#[test]
fn patterns_know_where_a_word_ends() {
    let check = |rule: &str, text: &str, expected: &str| assert_eq!(with(rule, text).0, expected, "{rule} {text}");
    for text in [
        "256.1.1.1",
        "1.2.3",
        "x1.2.3.4",
        "1.2.3.4x",
        "12:34:56",
        "std::vec",
        "foo::1",
        "1:2:3:4:5:6:7",
        "é1.2.3.4",
    ] {
        check("@ip", text, text);
    }
    check("@ip", "1.2.3.4.5", "[ip].5");
    check("@ip", "01.2.3.4:80/24", "[ip]:80/24");
    check(
        "@ip",
        "[::1]:80 fe80::1%eth0 ::ffff:1.2.3.4",
        "[[ip]]:80 [ip]%eth0 [ip]",
    );
    check("@ip", "10.0.0.1,10.0.0.2", "[ip],[ip]");
    for text in ["a@b", "a@localhost", "a@b..co", "a@b.co1", "\"x y\"@b.co"] {
        check("@email", text, text);
    }
    check("@email", "x <a.b+c@d-e.co.uk>, A@B.CO.", "x <[email]>, [email].");
    for text in [
        "4111  1111 1111 1111",
        "x4111111111111111",
        "41111111111111111",
        "3530111333300000",
        "4222222222222",
    ] {
        check("@creditcard", text, text);
    }
    for text in [
        "3782 822463 10005",
        "3782-8224-6310-005",
        "4000 000000 000000",
        "6011111111111117",
        "6500000000000002",
    ] {
        check("@creditcard", text, "[creditcard]");
    }
    for text in [
        "de89370400440532013000",
        "XX89370400440532013000",
        "DE893704004",
        "DE89 3704 0044 0532 0130 00",
    ] {
        check("@iban", text, text);
    }
    for text in ["xBearer abc", "Bearer: abc", "Bearerabc", "Bearer "] {
        check("@bearer", text, text);
    }
    check("@bearer", "BEARER\tabc.def-_; x", "Bearer [token] x");
    check(
        "@userpath",
        "/var/home/joe/x \\Documents and Settings\\joe",
        "/var/home/[user]/x \\Documents and Settings\\[user]",
    );
    check(
        "@userpath",
        "D:/Profiles/joe /homes/x xhome/y",
        "D:/Profiles/[user]/homes/x xhome/y",
    );
    check("@uuid:replace", "{CEEE0822ed8f4622b2a3789e73e75cd1}", "{[uuid]}");
    check("@mac:replace", "4A-00-04-10-9B-50:11", "[mac]:11");
    check("@imei", "35-693803-564380-9", "[imei]");
    check(
        "@cookies:filter",
        "a_session=b; SESSIONID=a=b,c",
        "a_session=b; SESSIONID=[Filtered]",
    );
}
