data "snapstate_report" "fleet" {}

output "findings" {
  value = data.snapstate_report.fleet.findings
}
