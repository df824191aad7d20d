from sdk import check_scope


def test_what_the_node_sdk_sends_is_found_intact(run_client, api):
    event = check_scope(run_client, api, "node/scope.js", exception="Error", cause="RangeError", platform="node")
    assert event["sdk"]["name"] == "sentry.javascript.node"
