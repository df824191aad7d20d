//! Attributes of spans, logs and metrics that say something of machines and programs, by the names that conventions of
//! OpenTelemetry and Sentry give them: numbers of tokens, hosts that were asked, names of tables.

/// By the part before the first dot, in order: the rests of the names. `-` is no rest, `*` stands for a part of any name.
pub(super) const TECHNICAL: &[(&str, &str)] = &[
    ("address", "-"),
    (
        "ai",
        "completion_tokens.used finish_reason frequency_penalty generation_id input_messages is_search_required \
         metadata model.provider model_id pipeline.name presence_penalty prompt.messages prompt_tokens.used \
         raw_prompting response.text response.toolCalls response_format responses seed streaming tags \
         temperature toolCall.args toolCall.result tools top_k top_p total_cost total_tokens.used",
    ),
    ("angular", "version"),
    (
        "app",
        "app_build app_identifier app_name app_start_time app_version build identifier in_foreground name \
         start_time version vitals.frames.delay.value vitals.frames.frozen.count vitals.frames.frozen.rate \
         vitals.frames.slow.count vitals.frames.slow.rate vitals.frames.total.count vitals.stall.duration \
         vitals.stall.percentage vitals.start.cold.value vitals.start.prewarmed vitals.start.reason \
         vitals.start.screen vitals.start.type vitals.start.warm.value vitals.ttfd.value vitals.ttid.value",
    ),
    ("app_start_cold", "-"),
    ("app_start_type", "-"),
    ("app_start_warm", "-"),
    (
        "art",
        "gc.blocking_count gc.blocking_time gc.pre_oome_count gc.total_count gc.total_time gc.waiting_time \
         memory.free memory.free_until_gc memory.free_until_oome memory.max memory.total",
    ),
    (
        "aws",
        "cloudwatch.logs.log_group cloudwatch.logs.log_stream cloudwatch.logs.url \
         dynamodb.attribute_definitions dynamodb.consistent_read dynamodb.consumed_capacity dynamodb.count \
         dynamodb.exclusive_start_table dynamodb.global_secondary_index_updates \
         dynamodb.global_secondary_indexes dynamodb.index_name dynamodb.item_collection_metrics dynamodb.limit \
         dynamodb.local_secondary_indexes dynamodb.projection dynamodb.provisioned_read_capacity \
         dynamodb.provisioned_write_capacity dynamodb.scan_forward dynamodb.scanned_count dynamodb.segment \
         dynamodb.select dynamodb.table_count dynamodb.table_names dynamodb.total_segments extended_request_id \
         kinesis.stream.name kinesis.stream_name lambda.aws_request_id lambda.execution_duration_in_millis \
         lambda.function_name lambda.function_version lambda.invoked_arn lambda.invoked_function_arn \
         lambda.remaining_time_in_millis log.group.names log.stream.names operation_name request.extended_id \
         request.id request_id s3.bucket secretsmanager.secret.arn sns.topic.arn step_functions.activity.arn \
         step_functions.state_machine.arn",
    ),
    ("aws_region", "-"),
    ("blocked_main_thread", "-"),
    (
        "browser",
        "bfcache.frame bfcache.not_restored_reason_count bfcache.outcome bfcache.reason name \
         performance.navigation.activation_start performance.time_origin report.type script.invoker \
         script.invoker_type script.source_char_position version web_vital.cls.report_event \
         web_vital.cls.source.* web_vital.cls.value web_vital.fcp.value web_vital.fp.value web_vital.inp.value \
         web_vital.lcp.element web_vital.lcp.id web_vital.lcp.load_time web_vital.lcp.render_time \
         web_vital.lcp.report_event web_vital.lcp.size web_vital.lcp.value web_vital.ttfb.request_time \
         web_vital.ttfb.value",
    ),
    ("cache", "hit item_size key operation ttl write"),
    ("channel", "-"),
    ("client", "port"),
    (
        "cloud",
        "account.id availability_zone platform provider region resource_id",
    ),
    (
        "cloudflare",
        "d1.duration d1.query_type d1.rows_read d1.rows_written durable_object.query.bindings \
         durable_object.response.rows_read durable_object.response.rows_written r2.bucket r2.operation \
         r2.request.delimiter r2.request.key r2.request.part_number r2.request.prefix workflow.attempt \
         workflow.retries.backoff workflow.retries.delay workflow.retries.limit workflow.timeout",
    ),
    ("cls", "- source.*"),
    (
        "code",
        "- file.path filepath function function.name line.number lineno namespace",
    ),
    ("connection", "rtt"),
    ("connectionType", "-"),
    ("culture", "calendar display_name is_24_hour_format locale timezone"),
    (
        "db",
        "collection.name driver.name mongodb.collection name namespace operation operation.batch.size \
         operation.name query.summary redis.connection redis.key response.status_code stored_procedure.name \
         system system.name user",
    ),
    (
        "device",
        "archs battery_level battery_temperature boot_time brand charging chipset class connection_type \
         cpu_description external_free_storage external_storage_size family free_memory free_storage id locale \
         low_memory low_power_mode manufacturer memory.estimated_capacity memory_size model model_id online \
         orientation processor_count processor_frequency screen_density screen_dpi screen_height_pixels \
         screen_width_pixels simulator storage_size thermal_state timezone usable_memory",
    ),
    ("deviceMemory", "-"),
    ("dist", "-"),
    ("django", "function_name middleware_name"),
    ("effectiveConnectionType", "-"),
    ("environment", "-"),
    ("error", "type"),
    ("event", "id name"),
    ("exception", "escaped type"),
    (
        "faas",
        "coldstart cron duration_in_ms entry_point execution id identity invocation_id invoked_name \
         invoked_provider invoked_region name time trigger version",
    ),
    ("fcp", "-"),
    ("file", "size"),
    ("flag", "evaluation.*"),
    ("fp", "-"),
    ("frames", "delay frozen slow total"),
    ("frames_frozen_rate", "-"),
    ("frames_slow_rate", "-"),
    ("fs_error", "-"),
    (
        "gcp",
        "function.context.event_id function.context.event_type function.context.id function.context.resource \
         function.context.source function.context.specversion function.context.time function.context.timestamp \
         function.context.type project.id",
    ),
    ("gcp_region", "-"),
    (
        "gen_ai",
        "agent.name context.utilization context.window_size conversation.id cost.cache_creation.input_tokens \
         cost.cache_read.input_tokens cost.input_tokens cost.output_tokens cost.reasoning.output_tokens \
         cost.total_tokens embeddings.input function_id input.messages operation.name operation.type \
         output.messages pipeline.name prompt prompt.name provider.name request.available_tools \
         request.frequency_penalty request.max_tokens request.messages request.model request.presence_penalty \
         request.reasoning.level request.seed request.stop_sequences request.temperature request.top_k \
         request.top_p response.finish_reason response.finish_reasons response.id response.model \
         response.streaming response.text response.time_to_first_chunk response.time_to_first_token \
         response.tokens_per_second response.tool_calls system system_instructions tool.call.arguments \
         tool.call.result tool.definitions tool.description tool.input tool.name tool.output tool.type \
         usage.cache_creation.input_tokens usage.cache_read.input_tokens usage.completion_tokens \
         usage.input_tokens usage.input_tokens.cache_write usage.input_tokens.cached usage.output_tokens \
         usage.output_tokens.reasoning usage.prompt_tokens usage.reasoning.output_tokens usage.total_tokens",
    ),
    ("graphql", "operation.name operation.type"),
    (
        "grpc",
        "error.bad_request.field_violations error.error_info.domain error.error_info.reason \
         error.resource_info.description error.resource_info.resource_type error.retry_info.retry_delay_ms",
    ),
    ("hardwareConcurrency", "-"),
    (
        "http",
        "decoded_response_content_length flavor host method request.connect_start request.connection_end \
         request.domain_lookup_end request.domain_lookup_start request.fetch_start request.method \
         request.redirect_end request.redirect_start request.request_start request.resend_count \
         request.response_end request.response_start request.same_origin request.secure_connection_start \
         request.time_to_first_byte request.worker_start request_method response.body.size \
         response.header.content-length response.size response.status_code response_content_length \
         response_transfer_size route scheme server.request.time_in_queue server_name status_code user_agent",
    ),
    ("inp", "-"),
    ("jsonrpc", "protocol.version request.id"),
    (
        "jvm",
        "gc.action gc.name memory.pool.name memory.type thread.daemon thread.state",
    ),
    ("koa", "name type"),
    ("lcp", "- element id loadTime renderTime size"),
    ("litestar", "middleware_name"),
    ("logger", "name"),
    (
        "mcp",
        "cancelled.reason cancelled.request_id client.name client.title client.version lifecycle.phase \
         logging.data_type logging.level logging.logger method.name progress.current progress.message \
         progress.percentage progress.token progress.total prompt.name prompt.result.message_count \
         prompt.result.message_role protocol.ready protocol.version request.id resource.protocol server.name \
         server.title server.version session.id tool.name tool.result.content_count tool.result.is_error \
         transport",
    ),
    (
        "messaging",
        "batch.message_count destination destination.connection destination.name destination.partition.id \
         destination_kind kafka.message.key kafka.message.tombstone kafka.offset message.body.size \
         message.conversation_id message.envelope.size message.id message.receive.latency message.retry.count \
         operation.name operation.type rabbitmq.destination.routing_key system",
    ),
    ("method", "-"),
    ("middleware", "name"),
    ("navigation", "type"),
    ("nel", "elapsed_time phase sampling_function type"),
    (
        "net",
        "host.ip host.name host.port peer.port protocol.name protocol.version sock.family sock.host.addr \
         sock.host.port sock.peer.port transport",
    ),
    (
        "network",
        "connection.effective_type connection.rtt connection.type local.address local.port peer.port \
         protocol.name protocol.version transport type",
    ),
    (
        "os",
        "build build_id description kernel_version name raw_description rooted theme type version",
    ),
    ("otel", "kind scope.name scope.version status_code"),
    ("performance", "activationStart timeOrigin"),
    ("port", "-"),
    ("previous_route", "-"),
    (
        "process",
        "executable.name pid runtime.description runtime.engine.name runtime.engine.version runtime.name \
         runtime.version",
    ),
    ("react", "version"),
    ("redis", "command key"),
    (
        "resource",
        "deployment.environment deployment.environment.name render_blocking_status",
    ),
    ("route", "-"),
    (
        "rpc",
        "grpc.status_code method response.status_code service system system.name",
    ),
    ("runtime", "build name raw_description version"),
    ("score", "* ratio.* total weight.*"),
    ("server", "address port"),
    ("service", "name version"),
    ("session", "id"),
    ("stall_percentage", "-"),
    ("stall_total_time", "-"),
    ("starlette", "middleware_name"),
    ("starlite", "middleware_name"),
    ("state", "type"),
    ("subprocess", "pid"),
    ("thread", "id name"),
    ("timber", "tag"),
    ("time_to_full_display", "-"),
    ("time_to_initial_display", "-"),
    ("transaction", "-"),
    ("trpc", "procedure_path procedure_type"),
    ("ttfb", "- requestTime"),
    ("type", "-"),
    (
        "ui",
        "component_name contributes_to_ttfd contributes_to_ttid element.height element.id element.identifier \
         element.load_time element.paint_type element.render_time element.type element.width",
    ),
    ("url", "domain port same_origin scheme template"),
    ("user", "geo.city geo.country_code geo.region geo.subdivision"),
    ("user_agent", "original"),
    (
        "vercel",
        "branch build_id deployment_id destination edge_type entrypoint execution_region id log_type path \
         project_id project_name proxy.cache_id proxy.host proxy.lambda_region proxy.method proxy.path_type \
         proxy.path_type_variant proxy.region proxy.response_byte_size proxy.scheme proxy.status_code \
         proxy.timestamp proxy.user_agent proxy.vercel_cache proxy.vercel_id proxy.waf_action proxy.waf_rule_id \
         request_id source status_code",
    ),
];
