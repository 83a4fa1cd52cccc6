#include "policy/kinds.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "policy/verdict.h"
#include "tests/catch.h"

namespace agentmesh::policy {

// Names as servers give them: what takes away, runs or sends is never taken for reading, nor for nothing known.
TEST_CASE("a tool's name tells what it does, and what is doubtful is taken for the worse") {
  struct Case {
    Kind kind;
    std::string_view names;  // apart by blanks
  };
  const Case cases[] = {
      {Kind::kRead,
       "get_service_status list_container_restarts check_push_status get_release_by_tag list_deleted_items search_files read_graph get_issue describe_instances preview_changes lookup_user count_rows summarize_text check_deployment_status get_run_logs list_executions resolve_library_id validate_schema ping_host show_branches get_post list_messages get_current_time convert_time sequentialthinking get_delete_log view_trash"},
      {Kind::kQuery, "explain_query"},
      {Kind::kWrite,
       "git_reset git_checkout git_commit git_stash git_rebase archive_channel expire_session unpublish_page close_issue merge_pull_request dismiss_review deactivate_user ban_member kick_user leave_channel unfollow overwrite_file replace_in_file str_replace_editor apply_patch apply_diff insert_content append_rows upsert_record bulk_insert import_csv sync_folder set_env put_object copy_object rename_file chmod mkdir touch_file scaffold_project start_process schedule_job transfer_funds pay_invoice place_order buy_stock submit_form book_flight checkout_cart charge_card refund_payment"},
      {Kind::kNetwork,
       "push_files browser_click browser_type puppeteer_navigate scrape_url web_fetch crawl_site curl download_file"},
      {Kind::kMessage,
       "push_notification send_sms slack_post_message tweet broadcast reply_to_thread invite_user notify_team email_report forward_email"},
      {Kind::kExport,
       "git_push docker_push push_branch push_image_to_registry mirror_repository make_bucket_public expose_port open_tunnel restore_backup s3_upload share_file publish_package"},
      {Kind::kExecute, "restart_service service_restart docker_compose_up compose_down stack_up stop_container rollback_release scale_deployment drain_node start_vm resume_instance promote_release upgrade_cluster reboot_server shutdown_host provision_vm redeploy_site rollout_restart helm_upgrade trigger_build systemctl_restart uninstall_app kill_process terminate_instances deploy_app run_terminal_cmd evaluate_script browser_evaluate python_repl node_eval exec_sql call_function invoke_lambda launch_app npm_install pip_install kubectl_apply terraform_apply ansible_playbook dispatch_event"},
      {Kind::kDelete,
       "factory_reset reset_database format_disk partition_drive shred_file teardown_stack decommission_node git_clean branch_delete trash_message move_to_trash empty_trash wipe_device erase_disk clear_cache flush_db flushall revoke_token destroy_vm prune_images purge_queue discard_draft truncate_table drop_collection rm_rf rmdir unlink_file"},
  };
  for (const Case& c : cases) {
    for (size_t begin = 0; begin < c.names.size();) {
      const size_t end = std::min(c.names.find(' ', begin), c.names.size());
      const std::string name(c.names.substr(begin, end - begin));
      CAPTURE(name);
      CHECK(to_string(read_name(name).kind) == to_string(c.kind));
      begin = end + 1;
    }
  }
}

TEST_CASE(
    "of two words the more dangerous counts: read, query, write, network, message, export, execute, delete") {
  const std::pair<Kind, std::string> rising[] = {
      {Kind::kRead, "get"},      {Kind::kQuery, "query"},   {Kind::kWrite, "edit"},
      {Kind::kNetwork, "fetch"}, {Kind::kMessage, "send"},  {Kind::kExport, "upload"},
      {Kind::kExecute, "exec"},  {Kind::kDelete, "delete"},
  };
  for (size_t strong = 0; strong < std::size(rising); ++strong)
    for (size_t weak = 0; weak <= strong; ++weak) {
      const std::string& one = rising[weak].second;
      const std::string& other = rising[strong].second;
      CAPTURE(one, other);
      CHECK(read_name(one + "_" + other).kind == rising[strong].first);
      CHECK(read_name(other + "_" + one).kind == rising[strong].first);
    }
}

TEST_CASE("the words that the language names are of the kind that it names") {
  const std::pair<Kind, std::string_view> named[] = {
      {Kind::kRead, "read get list search view stat find describe count check show"},
      {Kind::kWrite, "write create edit update move append patch set put add"},
      {Kind::kDelete, "delete remove drop purge unlink truncate"},
      {Kind::kExecute, "run exec execute shell bash eval spawn"},
      {Kind::kQuery, "sql query"},
      {Kind::kNetwork, "fetch http download browse request curl navigate open"},
      {Kind::kExport, "upload export publish share"},
      {Kind::kMessage, "send post email message notify comment reply"},
  };
  for (const auto& [kind, words] : named)
    for (size_t begin = 0; begin < words.size();) {
      const size_t end = std::min(words.find(' ', begin), words.size());
      const std::string word(words.substr(begin, end - begin));
      CAPTURE(word);
      CHECK(to_string(read_name(word).kind) == to_string(kind));
      CHECK(to_string(read_name("the_" + word).kind) == to_string(kind));
      begin = end + 1;
    }
}

TEST_CASE("a word has one kind, and stands in the table once") {
  std::vector<std::string_view> words;
  for (const KindWord& word : kind_words()) words.push_back(word.word);
  std::sort(words.begin(), words.end());
  CHECK(std::adjacent_find(words.begin(), words.end()) == words.end());
}

}  // namespace agentmesh::policy
