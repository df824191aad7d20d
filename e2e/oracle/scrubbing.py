"""What Relay scrubs, and a table of what both are asked."""

from sentry_relay.processing import (
    convert_datascrubbing_config,
    pii_strip_event,
    validate_pii_config,
    validate_pii_selector,
)

from oracle.compare import differences, plain

SWITCHES = {"scrubData": True, "scrubDefaults": True, "scrubIpAddresses": True, "sensitiveFields": ["pin", "cvv"]}


def strip(event, config):
    return pii_strip_event(config, event)


def derived():
    """The rules that follow from the switches; what is safe has another name here."""
    return convert_datascrubbing_config({**SWITCHES, "excludeFields": ["spinner"]})


def ours_of_switches():
    return {**SWITCHES, "safeFields": ["spinner"]}


def is_valid(validate, text):
    try:
        validate(text)
    except ValueError:
        return False
    return True


def is_selector(text):
    return is_valid(validate_pii_selector, text)


def is_config(text):
    return is_valid(validate_pii_config, text)


def changes(before, after):
    """What scrubbing did: new values by path."""
    return {
        change.path: "(removed)" if change.theirs is None else change.theirs
        for change in differences("", plain(before), plain(after))
    }


KEY = "-----BEGIN RSA PRIVATE KEY-----\nabc\ndef\n-----END RSA PRIVATE KEY-----"

# Texts by the built-in rule that is asked about them.
TEXTS = {
    "anything": ["a b", "a\n\nb\r\nc\n", "[Filtered]", ""],
    "bearer": [
        "Bearer abc", "BEARER abc", "Bearer  abc", "Bearer\tabc", "xBearer abc", "-Bearer abc", "Bearer: abc", "Bearer abc,def",
        "Bearer", "Bearer ", "Bearer\nabc", "Bearer a.b-_~+/=; x", "Bearer bearer abc", "Bearer éx", "_Bearer abc",
    ],
    "common": ["a Bearer abc 4111111111111111 b", "my password 4111111111111111 x", "http://u:p@h"],
    "cookies": [
        "sessionid=abc; foo=bar; csrf=zz", "SESSIONID=abc", "xsessionid=abc", "sessionid = abc", "sessionid=abc,foo", "sessionid=",
        "sessionid=a=b; x", "foo=sessionid=abc", "csrf-token=abc;xsrf_token=d", "su=1; sudo=2", "a_session=b", "sentrysid:abc",
        "session=a b c; d", "-session=abc", "_vercel_jwt=x", "session=a\nb",
    ],
    "creditcard": [
        "4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111", "41111111 11111111", "4111  1111 1111 1111",
        "x4111111111111111", "4111111111111111x", "41111111111111111", "4222222222222", "378282246310005", "3782 822463 10005",
        "3782 8224 6310 005", "30569309025904", "6011111111111117", "6500000000000002", "6440000000000000", "5105105105105100",
        "5600000000000000", "2221000000000009", "3530111333300000", "1-4111111111111111", "_4111111111111111",
        "34 00 000000 00000", "4000 000000 000000",
    ],
    "email": [
        "a@b.c", "a@b.co", "a.b+c@d-e.co.uk", '"x y"@b.co', "a@b", "a@1.2.3.4", "x a@b.co, c@d.com.", "<a@b.co>", "a@@b.co",
        "a@b..co", "a@b.co1", "a!#$%&'*+/=?^_`{|}~-@b.co", "a@-b.co", "a@b_c.co", ".a@b.co", "a@b.xn--p1ai", "é@b.co",
    ],
    "iban": [
        "DE89 3704 0044 0532 0130 00", "DE893704004", "DE8937040044ab5", "de89370400440532013000", "xDE89370400440532013000",
        "DE" + "1" * 31, "DE" + "1" * 32, "DE12" + "A" * 10, "DE89370400440532013000-x", "XX89370400440532013000",
    ],
    "imei": ["356938035643809", "35-693803-564380-9", "3569380356438090", "35693803564380901", "35693803564380", "x356938035643809"],
    "ip": [
        "1.2.3.4", "1.2.3.4.5", "256.1.1.1", "1.2.3", "01.2.3.4", "1.2.3.4:80", "x1.2.3.4", "1.2.3.4x", "1.2.3.4/24", "::1", "::",
        "a::b", "fe80::1%eth0", "2001:0db8:0000:0000:0000:ff00:0042:8329", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7", "[::1]:80", "12:34:56", "std::vec", "abc::def", "foo::1", "1::", "-1.2.3.4-", "_1.2.3.4", "::g",
        "1::3:4:5:6:7:8", "10.0.0.1,10.0.0.2", "é1.2.3.4",
    ],
    "mac": ["4a:00:04:10:9b:50", "4A-00-04-10-9B-50", "4a:00-04:10-9b:50", "4a:00:04:10:9b:50:11", "x4a:00:04:10:9b:50"],
    "password": [
        "password", "passWORD=", "secret", "passwd", "api_key", "api-key", "apiKey", "api key", "auth", "author", "credentials",
        "credential", "mysql_pwd", "privatekey", "private_key", "private-key", "token", "token:", "token=", "token =", "tokenx=",
        '"token": "x"', "otp", "OTP", "otp ", "x otp", "two_factor", "two-factor", "pwd", "pass", "session", "jwt", "a\npassword\nb",
    ],
    "pemkey": [
        KEY, KEY.replace("\n", "\r\n"), KEY.replace("\n", "\\n"), f"{KEY}\n{KEY}", KEY.replace("RSA PRIVATE", "PUBLIC"),
        KEY.replace("RSA PRIVATE KEY", "CERTIFICATE"), KEY.lower(), KEY.replace("\n", " "), KEY.replace("-----", "----"),
    ],
    "urlauth": [
        "http://u:p@h/x", "https://u@h/", "u:p@h", "//u:p@h", "postgres://u:p@h:5/db", "http://u:@h", "http://h/a@b",
        "http://u%20:p%40@h", "x http://a:b@c http://d:e@f", "http://host:80/a@b", "http://u:p/q@h",
    ],
    "userpath": [
        "C:\\Users\\joe\\x", "c:/users/joe/x", "/Users/joe/x", "/home/joe", "/home/joe/x /home/jim", "/var/home/joe/x",
        "xhome/joe/y", "home/joe", "/Users/", "/Users//x", "/foo/profiles/joe/x", "profiles/joe/x", "D:/Profiles/joe",
        "/home/joe\nx", "file:///home/joe/x.py", "/homes/joe/x", "users\\joe\\x", "/home/[user]",
    ],
    "usssn": ["078-05-1120", "000-12-3456", "123456789", "1123-45-6789", "x123-45-6789", "a-123-45-6789"],
    "uuid": [
        "ceee0822-ed8f-4622-b2a3-789e73e75cd1", "ceee0822ed8f4622b2a3789e73e75cd1", "zzzz0822-zzzz-4622-b2a3-789e73e75cd1",
        "xceee0822-ed8f-4622-b2a3-789e73e75cd1", "{ceee0822-ed8f-4622-b2a3-789e73e75cd1}", "a" * 33,
    ],
}
METHODS = ["", ":remove", ":replace", ":mask", ":hash", ":filter", ":legacy"]

# Where Tocsin finds more: rule, text and what becomes of it, and why.
FINDS_MORE = [
    ("ip", "2001:db8::ff00:42:8329", "[ip]", "the whole address (§5.2 `ip`: v6)"),
    ("ip", "::ffff:1.2.3.4", "[ip]", "one address, not two"),
    ("ip", "2001:db8::1,::2", "[ip],[ip]", "the second address too"),
    ("urlauth:legacy", "http://u:p!$@h", "http://u:[Filtered]@h", "what stands between colon and @ is the password (§5.2 `url_auth`)"),
    ("urlauth:legacy", "redis://:pw@h", "redis://:[Filtered]@h", "a password without a user (§5.2 `url_auth`)"),
    ("urlauth:legacy", "http://u:p:q@h", "http://u:[Filtered]@h", "a password with a colon (§5.2 `url_auth`)"),
    ("userpath", "\\Documents and Settings\\joe\\x", "\\Documents and Settings\\[user]\\x", "§5.2 `userpath` names it"),
    ("pemkey", KEY[:35], "-----BEGIN RSA PRIVATE KEY-----\n[pemkey]", "a key that an SDK cut (§5.2 `pemkey`)"),
    ("pemkey", KEY.replace("RSA", "X25519"), KEY.replace("RSA", "X25519").replace("abc\ndef", "[pemkey]"), "a kind with digits"),
    ("iban", "DE89370400440532013000é", "[iban]é", "words end at letters beyond ASCII"),
]

SOME = "some text"
EVENT = {
    "culprit": SOME,
    "server_name": SOME,
    "release": "1.0",
    "transaction": SOME,
    "logger": SOME,
    "request": {
        "url": SOME, "method": "GET", "fragment": SOME, "headers": [["Foo", SOME], ["Bar", "x"]], "cookies": [["c", SOME]],
        "query_string": [["q", SOME]], "data": {"k": SOME}, "env": {"E": SOME},
    },
    "extra": {"x": SOME, "k": SOME, "n": 5, "b": True, "o": {"k": SOME, "p": {"k": SOME, "l": [SOME, {"k": SOME}]}}},
    "tags": [["t", SOME]],
    "breadcrumbs": {"values": [{"type": SOME, "category": SOME, "message": SOME, "data": {"d": SOME}}]},
    "user": {"id": SOME, "email": SOME, "username": SOME, "name": SOME, "segment": SOME, "data": {"d": SOME}, "geo": {"city": SOME}},
    "logentry": {"message": SOME, "formatted": SOME, "params": {"k": SOME}},
    "exception": {"values": [{
        "type": "E", "value": SOME, "module": SOME, "mechanism": {"type": SOME, "description": SOME, "data": {"d": SOME}},
        "stacktrace": {"frames": [{
            "function": SOME, "module": SOME, "filename": SOME, "abs_path": SOME, "context_line": SOME, "vars": {"v": SOME},
        }]},
    }]},
    "threads": {"values": [{"id": 1, "name": SOME, "stacktrace": {"frames": [{"vars": {"v": SOME}}]}}]},
    "template": {"filename": SOME, "context_line": SOME},
    "contexts": {
        "mine": {"type": "mine", "a": SOME}, "device": {"type": "device", "name": SOME, "model": SOME},
        "os": {"type": "os", "name": SOME, "build": SOME}, "app": {"type": "app", "app_name": SOME, "device_app_hash": SOME},
        "runtime": {"type": "runtime", "name": SOME}, "response": {"type": "response", "data": {"k": SOME}, "headers": [["H", SOME]]},
        "trace": {
            "type": "trace", "trace_id": "0123456789abcdef0123456789abcdef", "span_id": "0123456789abcdef",
            "data": {"k": SOME, "url.full": SOME, "server.address": SOME, "sentry.release": SOME},
        },
    },
    "spans": [{
        "span_id": "0123456789abcdef", "trace_id": "0123456789abcdef0123456789abcdef", "description": SOME, "op": SOME,
        "data": {"k": SOME, "a.b": SOME, "db.system": SOME, "gen_ai.usage.input_tokens": 5}, "tags": {"t": SOME},
        "sentry_tags": {"user": SOME, "description": SOME},
    }],
    "sdk": {"name": SOME, "version": SOME, "client_ip": "1.2.3.4"},
    "modules": {"m": SOME},
    "fingerprint": [SOME],
}

SELECTORS = """
** ; $string ; $number ; $boolean ; $array ; $array.* ; $array.0 ; $string || $number ; $string && ** ; **.* ; *.** ; *.* ; *.*.*
x ; X ; 'x' ; k ; o.k ; *.k ; **.k ; extra ; 'extra' ; extra.* ; extra.** ; extra.*.k ; extra.**.k ; extra.*.**.k ; extra.**.p.k
**.p.k ; **.o.k ; o.** ; EXTRA.O.K ; l.0 ; 0 ; **.0 ; l.1.k ; extra.**.l.0 ; extra.$string ; extra.$object.k ; extra.$array
$string.x ; $string.** ; e.x ; extra.o ; extra.o.p.l ; **.extra ; **.server_name ; server_name ; culprit ; release ; transaction
url ; request.url ; $http.url ; $request.url ; *.url ; **.url ; $http.* ; $http.** ; $http ; request ; request.* ; request.**
headers ; $request.headers ; headers.foo ; request.headers.Foo ; headers.0 ; cookies.c ; query_string.q ; $http.env ; method
$string && url ; url && $string ; url || $string ; !foo && url ; url && !foo ; ~url ; !url ; !$number && url ; (url || foo) && !bar
tags ; tags.t ; tags.* ; t ; tags.0 ; user ; $user ; $user.* ; $user.** ; $user.email ; segment ; user.geo ; user.geo.city
$error ; $error.value ; $exception.** ; $exception.module ; $error.mechanism.data ; mechanism.description ; mechanism.type
$frame ; $frame.vars ; $frame.vars.v ; $frame.** ; $frame.module ; $frame.function ; $frame.filename ; $frame.context_line ; frames.0.vars
$stack.** ; $stacktrace.frames.* ; $stacktrace.frames.*.module ; $thread.** ; $thread.name ; values.0.value ; exception.values.*.value
$breadcrumb.message ; $breadcrumb.data ; $breadcrumb.category ; $logentry ; $logentry.formatted ; $logentry.message ; $message ; params
$span.description ; $span.data ; $span.data.k ; $span.data.'a.b' ; 'a.b' ; $span.tags ; $span.sentry_tags.user ; $span.op ; spans.0.data
$sdk.client_ip ; $sdk.name ; contexts ; contexts.mine ; contexts.device ; device.name ; device.model ; os.build ; app.* ; contexts.**
contexts.response ; response.data ; response.headers.H ; trace.data ; trace.data.k ; trace.data.'server.address' ; trace.span_id
template.filename ; modules ; fingerprint ; $string && !extra.x ; $string && !(extra || user) ; !$string && $number ; id
""".replace("\n", " ; ")

# What Relay takes for a path from the root to nowhere, Tocsin takes for one from the event (§5.3 names `$event`).
FROM_THE_EVENT = {"$event.culprit": {"culprit": "[Filtered]"}, "$event.extra.x": {"extra.x": "[Filtered]"}}

VALID = [
    "foo", "a || b", "a|b", "a | b & c", "a && b || c && d", "(a)", "(a || b) && !c", "!(a||b)", "~a", "! a", "a . b", " a ", "'a:b'",
    "'a''b'", "a.'b.c'.d", "x.'é'", "_a", "a-", "**", "*.*", "a.*.b", "0", "01", "$string.x", "a.$string", "$attachments.'foo.txt'",
    "!**", "$bool", "$datetime", "$binary", "$trace_metric", "$heap_memory && !$stack_memory", "$minidump", "$replay", "$log",
]
INVALID = [
    "!!a", "**.**", "a.", ".a", "a..b", "$foo", "é", "a:b", "'a", "a b", "&& a", "a &&", "()", "*", "**.a.**", "$", "(a", "a)", "a.!b",
    "-a", "a\\b", "$String", "$attachment", "$logs", "''", "a&&&b", "a|||b", "123abc", "a[0]", "?", "a,b", "",
]
CONFIGS = [
    "{", "null", '{"rules": 5}', '{"rules": {"a": {"type": "foo"}}}', '{"rules": {"a": {"type": "pattern"}}}', '{"rules": {"a": {}}}',
    '{"applications": {"a b": ["x"]}}', '{"applications": {"a": ["x"]}}', '{"applications": {"a": 5}}', '{"foo": 1}', "{}",
    '{"vars": {"hashKey": 5}}', '{"vars": {"hashKey": "x"}}', '{"rules": {"a": {"type": "multiple"}}}',
    '{"rules": {"a": {"type": "alias", "rule": "a"}}, "applications": {"a": ["a"]}}',
    '{"rules": {"a": {"type": "pattern", "pattern": "a", "replaceGroups": ["x"]}}}',
    '{"rules": {"a": {"type": "pattern", "pattern": "a", "replaceGroups": [5]}}}',
    '{"rules": {"a": {"type": "ip", "redaction": "remove"}}}', '{"rules": {"a": {"type": "ip", "redaction": {}}}}',
    '{"rules": {"a": {"type": "ip", "redaction": {"method": "default"}}}}', '{"rules": {"a": {"type": "redactPair", "keyPattern": "a"}}}',
]
