"""What of Buck2's normal event log is read: field numbers with the names of Buck2's own JSON lines.

Facts from facebook/buck2 at 13baa8a1d181, app/buck2_data/data.proto. Numbers never change their meaning; a field
that is not here is kept by its number.
"""

from __future__ import annotations

from functools import cache

from tlx.reader.protobuf.wire import Message, messages

_ENUMS = {
    "Kind": ("NotSet", "Copy", "DownloadFile", "Run", "SymlinkedDir", "Write", "WriteMacrosToFile", "CasArtifact"),
}
"""Enums that Buck2's JSON lines write as words; it writes the others as numbers."""

_DESCRIBED = """
Invocation
 1* command_line_args str, 11* expanded_command_line_args str, 2 working_dir str, 3? trace_id str, 4 start_time time
CommandProgress
 1- Event BuckEvent, 2- Result CommandResult, 3- PartialResult Empty
BuckEvent
 1 timestamp time, 2 trace_id str, 3 span_id uint, 4 parent_id uint
 20 data.SpanStart SpanStart, 21 data.SpanEnd SpanEnd, 22 data.Instant Instant, 23 data.Record Empty
Empty
SpanStart
 50 data.Command CommandStart, 51 data.ActionExecution ActionExecutionStart, 52 data.Analysis AnalysisStart
 5201 data.AnalysisResolveQueries ResolveQueries, 53 data.Load Load, 54 data.ExecutorStage ExecutorStage
 55 data.TestDiscovery TestDiscovery, 56 data.TestRun TestRun, 57 data.FileWatcher FileWatcherStart
 58 data.FinalMaterialization FinalMaterialization, 59 data.AnalysisStage AnalysisStage
 60 data.MatchDepFiles MatchDepFilesStart, 61 data.LoadPackage LoadPackage, 62 data.SharedTask Empty
 63 data.CacheUpload CacheUpload, 64 data.CreateOutputSymlinks Empty, 65 data.CommandCritical CommandCritical
 66 data.InstallEventInfo Empty, 67 data.DiceStateUpdate Empty, 68 data.Materialization MaterializationStart
 69 data.DiceCriticalSection Empty, 70 data.DiceBlockConcurrentCommand Empty, 71 data.DiceSynchronizeSection Empty
 72 data.DiceCleanup DiceCleanup, 73 data.ExclusiveCommandWait ExclusiveCommandWait
 74 data.DeferredPreparationStage Empty, 75 data.DynamicLambda DynamicLambda, 76 data.BxlExecution Empty
 77 data.BxlDiceInvocation Empty, 78 data.ReUpload Empty, 79 data.ConnectToInstaller Empty
 80 data.LocalResources Empty, 81 data.ReleaseLocalResources Empty, 82 data.BxlEnsureArtifacts Empty
 85 data.ActionErrorHandlerExecution Empty, 87 data.CqueryUniverseBuild Empty, 88 data.DepFileUpload Empty
 89 data.ComputeDetailedAggregatedMetrics Empty, 999 data.Fake Empty
SpanEnd
 1 stats PollStats, 2 duration_us micros
 50 data.Command CommandEnd, 51 data.ActionExecution ActionExecutionEnd, 52 data.Analysis AnalysisEnd
 5201 data.AnalysisResolveQueries ResolveQueries, 53 data.Load LoadEnd, 54 data.ExecutorStage Empty
 55 data.TestDiscovery TestDiscoveryEnd, 56 data.TestRun TestRun, 57 data.SpanCancelled Empty
 58 data.FileWatcher FileWatcherEnd, 59 data.FinalMaterialization FinalMaterialization, 60 data.AnalysisStage Empty
 61 data.MatchDepFiles MatchDepFilesEnd, 62 data.LoadPackage LoadPackage, 63 data.SharedTask Empty
 64 data.CacheUpload CacheUploadEnd, 65 data.CreateOutputSymlinks CreateOutputSymlinksEnd
 66 data.CommandCritical CommandCritical, 67 data.InstallEventInfo Empty, 68 data.DiceStateUpdate Empty
 69 data.Materialization MaterializationEnd, 70 data.DiceCriticalSection Empty
 71 data.DiceBlockConcurrentCommand Empty, 72 data.DiceSynchronizeSection Empty, 73 data.DiceCleanup Empty
 74 data.ExclusiveCommandWait Empty, 75 data.DeferredPreparationStage Empty, 76 data.DeferredEvaluation Empty
 77 data.BxlExecution Empty, 78 data.BxlDiceInvocation Empty, 79 data.ReUpload ReUploadEnd
 80 data.ConnectToInstaller Empty, 81 data.LocalResources Empty, 82 data.ReleaseLocalResources Empty
 83 data.BxlEnsureArtifacts Empty, 86 data.ActionErrorHandlerExecution Empty, 87 data.CqueryUniverseBuild Empty
 88 data.DepFileUpload Empty, 89 data.ComputeDetailedAggregatedMetrics Empty, 999 data.Fake Empty
Instant
 1 data.StructuredError StructuredError, 3 data.ConsoleMessage Said, 4 data.BuildGraphInfo BuildGraphInfo
 5 data.ReSession ReSession, 6 data.TestDiscovery Empty, 7 data.TestResult TestResult
 10 data.Snapshot Snapshot, 11 data.DiceStateSnapshot DiceStateSnapshot, 14 data.TagEvent Tags
 15 data.TargetPatterns Patterns, 16 data.DiceEqualityCheck Empty, 17 data.NoActiveDiceState Empty
 18 data.MaterializerStateInfo MaterializerState, 19 data.DaemonShutdown Empty, 20 data.RageResult Empty
 21 data.ConsolePreferences Empty, 23 data.IoProviderInfo IoProvider, 25 data.StarlarkFailNoStacktrace Empty
 27 data.DebugAdapterSnapshot Empty, 28 data.RestartConfiguration Restart, 29 data.UntrackedFile Empty
 30 data.StarlarkUserEvent StarlarkUserEvent, 31 data.CommandOptions CommandOptions, 32 data.ConcurrentCommands Empty
 33 data.PersistEventLogSubprocess Empty, 34 data.ActionError ActionError, 35 data.ConsoleWarning Said
 36 data.MaterializerCommand Empty, 37 data.CleanStaleResult Empty, 39 data.InstallFinished Empty
 40 data.SystemInfo SystemInfo, 42 data.VersionControlRevision Revision, 43 data.TargetCfg Empty
 44 data.UnstableE2eData Empty, 45 data.EndOfTestResults EndOfTestResults, 46 data.ConfigurationCreated Empty
 47 data.BuckconfigInputValues Empty, 48 data.CellHasNewConfigs Cell, 49 data.PreviousCommandWithMismatchedConfig Empty
 50 data.DetailedAggregatedMetrics Empty, 51 data.StreamingOutput Said, 54 data.ResourceControlEvent Empty
 55 data.CommandPreempted Empty, 56 data.OrphanProcessesKilled Empty, 57 data.ActionDigestTrace Empty
 58 data.ReLogStreamAvailable Empty, 59 data.TargetRuleTypeName Empty, 62 data.PageOutSummary Empty
 63 data.PagingSummary Empty
PollStats
 1 max_poll_time_us uint, 2 total_poll_time_us uint

CommandStart
 1 metadata map:str, 2* cli_args str, 3* tags str
 20 data.Build Empty, 21 data.Targets Empty, 22 data.Query Empty, 23 data.Cquery Cquery, 24 data.Test Empty
 25 data.Audit Empty, 26 data.Docs Empty, 27 data.Clean Empty, 28 data.Aquery Empty, 29 data.Install Empty
 30 data.Materialize Empty, 31 data.Profile Empty, 32 data.Bxl Bxl, 33 data.Lsp Empty, 34 data.FileStatus Empty
 35 data.Starlark Empty, 36 data.Subscribe Empty, 37 data.Trace Empty, 38 data.Ctargets Empty
 39 data.StarlarkDebugAttach Empty, 40 data.Explain Empty, 41 data.ExpandExternalCell Empty, 42 data.Complete Empty
 43 data.Hydration Empty
Cquery
 1 query str, 2* query_args str, 3 target_universe str
Bxl
 1 bxl_label str
CommandEnd
 2 is_success bool, 5 build_result BuildResult
 20 data.Build Unresolved, 21 data.Targets Unresolved, 22 data.Query Empty, 23 data.Cquery Empty
 24 data.Test Unresolved, 25 data.Audit Empty, 26 data.Docs Empty, 27 data.Clean Empty, 28 data.Aquery Empty
 29 data.Install Unresolved, 30 data.Materialize Empty, 31 data.Profile Empty, 32 data.Bxl Bxl, 33 data.Lsp Empty
 34 data.FileStatus Empty, 35 data.Starlark Empty, 36 data.Subscribe Empty, 37 data.Trace Empty, 38 data.Ctargets Empty
 39 data.StarlarkDebugAttach Empty, 40 data.Explain Empty, 41 data.ExpandExternalCell Empty, 42 data.Complete Empty
 43 data.Hydration Empty
BuildResult
 1 build_completed bool
Unresolved
 1* unresolved_target_patterns Pattern
Pattern
 1 value str
Patterns
 1* target_patterns Pattern
CommandCritical
 1 metadata map:str, 3- dice_version str
CommandResult
 1 result.error ErrorReport, 4 result.ping_response Empty, 5 result.build_response BuildResponse
 6 result.targets_response Empty, 7 result.cquery_response Empty, 8 result.uquery_response Empty
 9 result.test_response TestResponse, 11 result.profile_response Empty, 12 result.targets_show_outputs_response Empty
 14 result.install_response Empty, 15 result.aquery_response Empty, 17 result.bxl_response BxlResponse
 18 result.lsp_response Empty, 19 result.allocative_response Empty, 20 result.clean_stale_response Empty
 21 result.subscription_command_response Empty, 22 result.trace_io_response Empty
 23 result.configured_targets_response Empty, 24 result.dap_response Empty, 25 result.hydration_response Empty
 100 result.generic_response Empty, 101 result.new_generic_response_message Empty
ErrorReport
 3 message str, 4? telemetry_message str, 5 source_location SourceLocation, 6* tags uint, 7* sub_error_categories str
 8? category_key str, 9* string_tags StringTag
SourceLocation
 1 path str, 2? type_name str, 3 source_line uint
StringTag
 1 tag str
BuildResponse
 1* build_targets BuildTarget, 2 project_root str, 100? serialized_build_report str, 102* errors ErrorReport
BuildTarget
 1 target str, 2* run_args str
BxlResponse
 2 project_root str, 100? serialized_build_report str, 102* errors ErrorReport
TestResponse
 1 executor_exit_code int, 3 test_statuses TestStatuses, 4 executor_stdout str, 5 executor_stderr str
 6* executor_info_messages str, 7* target_rule_type_names str, 100? serialized_build_report str, 102* errors ErrorReport
TestStatuses
 10 passed TestCount, 11 skipped TestCount, 12 failed TestCount, 13 fatals TestCount, 14 listing_success TestCount
 15 listing_failed TestCount, 16 build_errors uint, 17 infra_failure TestCount, 18 omitted TestCount
 19 timed_out TestCount
TestCount
 1 count uint, 2 max uint, 3* example_tests str

ActionExecutionStart
 1 key ActionKey, 3 kind Kind, 4 name ActionName
ActionExecutionEnd
 1 key ActionKey, 4 kind Kind, 5 name ActionName, 6 failed bool, 7 error.Unknown str
 9 error.MissingOutputs MissingOutputs, 11 error.CommandExecutionError Empty, 21 always_print_stderr bool
 22 execution_kind uint, 23 wall_time_us micros, 24 output_size uint, 25* commands CommandExecution
 26* outputs Output, 27 prefers_local bool, 28 requires_local bool, 29 allows_cache_upload bool
 30 cache_upload_result uint, 31? buck2_revision str, 32? buck2_build_time str, 33? eligible_for_full_hybrid bool
 34? hostname str, 35 allows_dep_file_cache_upload bool, 36 dep_file_cache_upload_result uint, 37? dep_file_key str
 38 error_diagnostics Diagnostics, 39? input_files_bytes uint, 40 invalidation_info Invalidation
 41? target_rule_type_name str, 43? scheduling_mode uint, 44? incremental_kind uint, 45 eligible_for_dedupe uint
 46 expected_eligible_for_dedupe uint
MissingOutputs
 2 message str
Output
 1 tiny_digest str
ActionKey
 1 id hex, 3 key str, 2 owner.TargetLabel ConfiguredTarget, 4 owner.BxlKey BxlFunction
 5 owner.TestTargetLabel ConfiguredTarget, 6 owner.AnonTarget AnonTarget, 7 owner.LocalResourceSetup ConfiguredTarget
ActionName
 1 category str, 2 identifier str
ConfiguredTarget
 1 label Label, 2 configuration Configuration, 3 execution_configuration Configuration
Label
 1 package str, 2 name str
Configuration
 1- hash str, 2 full_name str
AnonTarget
 1 name Label, 2 execution_configuration Configuration, 3 hash str
BxlFunction
 1 label BxlLabel
BxlLabel
 1 bxl_path str, 2 name str
CommandExecution
 1 details CommandDetails, 2 status.Success Empty, 3 status.Failure Empty, 4 status.Timeout Timeout
 5 status.Error StageError, 7 status.Cancelled Empty, 8 status.WorkerFailure Empty
 20 inline_environment_metadata Empty
Timeout
 1 duration_us micros
StageError
 1 stage str, 2 error str
CommandDetails
 4? signed_exit_code sint, 2 stdout str, 3 stderr str, 5 command_kind CommandKind, 13 metadata CommandMetadata
 14? additional_message str
CommandKind
 1 command.LocalCommand LocalCommand, 2 command.RemoteCommand RemoteCommand
 3 command.OmittedLocalCommand OmittedLocalCommand, 4 command.WorkerInitCommand WorkerInitCommand
 5 command.WorkerCommand WorkerCommand
LocalCommand
 1* argv str, 2* env Variable, 3 action_digest str
OmittedLocalCommand
 1 action_digest str
WorkerInitCommand
 1* argv str, 2* env Variable
WorkerCommand
 1* argv str, 2* env Variable, 3 action_digest str, 4* fallback_exe str
Variable
 1 key str, 2 value str
RemoteCommand
 1 action_digest str, 2 cache_hit bool, 3 queue_time_us micros, 4 details RemoteDetails, 5 cache_hit_type uint
 6? remote_dep_file_key str
RemoteDetails
 1? session_id str, 2 use_case str, 3 platform Empty, 4 persistent_worker bool
CommandMetadata
 1 wall_time_us micros, 2 execution_time_us micros, 3 start_time time, 4 input_materialization_duration_us micros
 5 execution_stats ExecutionStats, 6 hashing_duration_us micros, 7 hashed_artifacts_count uint
 8 queue_duration_us micros, 10 suspend_duration micros, 11? suspend_count uint
ExecutionStats
 1? cpu_instructions_user uint, 2? cpu_instructions_kernel uint, 3 userspace_events Counter
 4 kernel_events Counter, 5? memory_peak uint
Counter
 1 count uint, 2 time_enabled uint, 3 time_running uint
Invalidation
 1 changed_any Empty, 2 changed_file Empty
Diagnostics
 1 data.SubErrors SubErrors, 2 data.HandlerInvocationError str
SubErrors
 1* sub_errors SubError
SubError
 1 category str, 2? message str, 4? file str, 5? lnum uint, 6? end_lnum uint, 7? col uint, 8? end_col uint
 9? error_type str, 10? error_number uint, 11 show_in_stderr bool, 12? subcategory str, 13? remediation str
ActionError
 1 key ActionKey, 2 name ActionName, 3 error.Unknown str, 4 error.MissingOutputs MissingOutputs
 5 error.CommandExecutionError Empty, 6 last_command CommandExecution, 7 error_diagnostics Diagnostics

ExecutorStage
 20 stage.Re ReStage, 21 stage.Local LocalStage, 22 stage.CacheQuery CacheStage, 23 stage.CacheHit CacheStage
 24 stage.Prepare Empty
CacheStage
 1 action_digest str, 3- action_key str, 4 cache_type uint
ReStage
 5 stage.Execute ReExecute, 6 stage.Download Empty, 7 stage.Queue ReQueue, 8 stage.WorkerDownload Empty
 9 stage.WorkerUpload Empty, 10 stage.Unknown Empty, 11 stage.MaterializeFailedInputs Empty
 12 stage.BeforeActionExecution Empty, 13 stage.AfterActionExecution Empty, 14 stage.QueueOverQuota ReQueue
 15 stage.QueueNoWorkerAvailable ReQueue, 16 stage.QueueAcquiringDependencies ReQueue, 17 stage.QueueCancelled ReQueue
ReExecute
 1 action_digest str, 2 platform Empty, 3? action_key str, 4 use_case str, 5 persistent_worker bool
ReQueue
 1 action_digest str, 2 use_case str
LocalStage
 1 stage.Queued Empty, 2 stage.Execute LocalExecute, 3 stage.MaterializeInputs Empty, 4 stage.PrepareOutputs Empty
 5 stage.AcquireLocalResource Empty, 6 stage.WorkerInit WorkerInit, 7 stage.WorkerExecute WorkerExecute
 8 stage.WorkerQueued Empty, 9 stage.WorkerWait Empty
LocalExecute
 1 command LocalCommand
WorkerInit
 1 command WorkerInitCommand
WorkerExecute
 1 command WorkerCommand
MatchDepFilesStart
 1 checking_filtered_inputs bool, 2 remote_cache bool
MatchDepFilesEnd
 1 outcome uint, 2? persisted_probe_us uint, 3? persisted_fetch_us uint
CacheUpload
 1 key ActionKey, 2 name ActionName, 3 action_digest str
CacheUploadEnd
 1 key ActionKey, 2 name ActionName, 3 action_digest str, 4 success bool, 5 error str, 6* file_digests str
 7* tree_digests str, 8? output_bytes uint, 9? re_error_code str
ReUploadEnd
 1? digests_uploaded uint, 2? bytes_uploaded uint, 3 stats_by_extension map:Uploaded
Uploaded
 1 digests_uploaded uint, 2 bytes_uploaded uint
FinalMaterialization
 1 artifact Artifact
Artifact
 1 key ActionKey, 2 path str
MaterializationStart
 1? action_digest str
MaterializationEnd
 1 file_count uint, 2 total_bytes uint, 3 path str, 4? action_digest str, 5 success bool, 6? error str, 7? method uint
CreateOutputSymlinksEnd
 1 created uint

AnalysisStart
 1 target.StandardTarget ConfiguredTarget, 3 target.AnonTarget AnonTarget, 4 target.DynamicLambda DynamicLambda
 2 rule str
AnalysisEnd
 1 target.StandardTarget ConfiguredTarget, 4 target.AnonTarget AnonTarget, 5 target.DynamicLambda DynamicLambda
 3 rule str, 2 profile Profile, 6? declared_actions uint, 7? declared_artifacts uint, 8? error str
Profile
 1 starlark_allocated_bytes uint, 2 starlark_available_bytes uint
AnalysisStage
 1 stage.ResolveQueries null, 2 stage.EvaluateRule null
ResolveQueries
 1 standard_target ConfiguredTarget
DynamicLambda
 1 owner.TargetLabel ConfiguredTarget, 2 owner.BxlKey BxlFunction, 3 owner.AnonTarget AnonTarget
Load
 1 module_id str, 2 cell str
LoadEnd
 1 module_id str, 2 cell str, 3? error str, 4? starlark_peak_allocated_bytes uint, 5? cpu_instruction_count uint
 6? target_count uint, 7? starlark_tick_count uint
LoadPackage
 1 path str
FileWatcherStart
 1 provider uint
FileWatcherEnd
 1 stats Empty
DiceCleanup
 1 epoch uint
ExclusiveCommandWait
 1? command_name str
DiceStateSnapshot
 1 key_states map:DiceKeyState
DiceKeyState
 1 started uint, 2 finished uint, 3 check_deps_started uint, 4 check_deps_finished uint, 5 compute_started uint
 6 compute_finished uint

TestSuite
 1 suite_name str, 2* test_names str, 3 target_label ConfiguredTarget
TestRun
 1 suite TestSuite, 2- command_report CommandExecution
TestDiscovery
 1 suite_name str, 2 target_label ConfiguredTarget
TestDiscoveryEnd
 1 suite_name str, 2 command_report CommandExecution, 3 re_cache_enabled bool, 5 target_label ConfiguredTarget
TestResult
 1 name str, 2 status uint, 5 msg TestMessage, 7 duration_us micros, 8 details str, 9 target_label ConfiguredTarget
 10? max_memory_used_bytes uint
TestMessage
 1 msg str
EndOfTestResults
 1 exit_code int

BuildGraphInfo
 2 metadata map:str, 3 num_nodes uint, 4 num_edges uint, 5* critical_path2 PathEntry, 7? backend_name str
 8? command_name str, 9? isolation_dir str, 10* top_level_targets TopLevelTarget, 11* slowest_path PathEntry
TopLevelTarget
 1 target ConfiguredTarget, 2 duration_us micros
PathEntry
 1* span_ids uint, 2 duration_us micros, 3 user_duration_us micros, 4 total_duration_us micros
 5 potential_improvement_duration_us micros, 6 queue_duration_us micros, 7 non_critical_path_duration_us micros
 8? start_offset_ns uint, 9? was_reused bool
 100 entry.Analysis PathAnalysis, 101 entry.ActionExecution PathAction
 102 entry.FinalMaterialization PathMaterialization, 103 entry.ComputeCriticalPath Empty, 104 entry.Load PathPackage
 105 entry.Listing PathPackage, 106 entry.GenericEntry PathGeneric, 107 entry.TestExecution Empty
 108 entry.TestListing Empty, 109 entry.Waiting PathWaiting, 110 entry.DynamicAnalysis Empty
 111 entry.EnsureTransitiveSetProjection Empty, 112 entry.AnonAnalysis Empty, 113 entry.PageIn Empty
PathAnalysis
 1 target.StandardTarget ConfiguredTarget
PathAction
 1 name ActionName, 2 owner.TargetLabel ConfiguredTarget, 3 owner.BxlKey BxlFunction, 4 owner.AnonTarget AnonTarget
 5 execution_kind uint, 6? target_rule_type_name str, 7? action_digest str, 8 invalidation_info Invalidation
PathMaterialization
 1 path str, 2 owner.TargetLabel ConfiguredTarget
PathPackage
 1 package str
PathGeneric
 1 kind str
PathWaiting
 1? category str
Snapshot
 1 buck2_max_rss uint, 2 buck2_user_cpu_us uint, 3 buck2_system_cpu_us uint, 5 re_download_bytes uint
 6 re_upload_bytes uint, 7 daemon_uptime_s uint, 8? malloc_bytes_active uint, 10? used_disk_space_bytes uint
 11? buck2_rss uint, 12? host_cpu_usage_system_ms uint, 13? host_cpu_usage_user_ms uint, 110 http_download_bytes uint
SystemInfo
 1? system_total_memory_bytes uint, 3? total_disk_space_bytes uint, 14? num_cores uint
Revision
 1? hg_revision str, 2? has_local_changes bool, 3? command_error str, 4? git_revision str
Tags
 1* tags str
CommandOptions
 1 configured_parallelism uint, 2 available_parallelism uint
Said
 1 message str
StructuredError
 1 payload str, 2 location Place, 3 metadata map:str, 4* backtrace Empty, 5 quiet bool
 6 soft_error_category Category, 7? task bool
Place
 1 file str, 2 line uint, 3 column uint
Category
 1 category str
ReSession
 1 session_id str
MaterializerState
 1 num_entries_from_sqlite uint
IoProvider
 1? eden_version str
Restart
 1 enable_restarter bool
Cell
 1 cell str
StarlarkUserEvent
 1 id str, 2 metadata map:Value
Value=value.
 1 value.string str, 2 value.int int, 3 value.bool bool, 4 value.dict Values, 5 value.list ValueList
Values=map
 1 map map:Value
ValueList=values
 1* values Value
"""


@cache
def known() -> dict[str, Message]:
    """Return the messages of a log by their names."""
    return messages(_DESCRIBED, _ENUMS)
