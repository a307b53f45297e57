resource "snapstate_snapshot_option" "paid" {
  connection_name = "ovh"
  target          = "vps-00000000.vps.ovh.net"
  policy          = "order"
  max_price = {
    amount   = 3
    currency = "EUR"
  }
}
