"""Wi-Fi by the kernel's own simulated radios, Debian's hostapd, wpa_supplicant and NetworkManager."""

from __future__ import annotations

import pytest

from tests.lab.conftest import Guest, answers

pytestmark = pytest.mark.lab

# Each case has radios of its own, and a name of its own for the terminal's: the kernel remembers what a radio has
# heard, and its log what happened to a name. The access points are wlan0 and wlan2, in a namespace.
_RADIOS = """
mount -t debugfs none /sys/kernel/debug 2> /dev/null
: > /etc/resolv.conf; mkdir -p /tmp/w; ip link set lo up
ip netns add ap; ip netns exec ap ip link set lo up
radio_of() { iw dev $1 info | sed -n 's/.*wiphy /phy/p'; }
radios() {  # the name of the terminal's radio
  while pids=$(pidof hostapd wpa_supplicant); do kill $pids; sleep 0.2; done
  modprobe -r mac80211_hwsim 2> /dev/null; modprobe mac80211_hwsim radios=3; udevadm settle
  shop=$(radio_of wlan0); own=$(radio_of wlan1); name=$1
  for each in wlan0 wlan2; do iw phy $(radio_of $each) set netns name ap; done
  ip link set wlan1 name $name
  access_point wlan2 Neighbour ""
}
access_point() {  # radio, name, further lines of hostapd.conf
  printf 'interface=%s\\ndriver=nl80211\\nssid=%s\\nhw_mode=g\\nchannel=1\\n%b' "$1" "$2" "$3" > /tmp/w/$1.conf
  ip netns exec ap hostapd -B -P /tmp/w/$1.pid /tmp/w/$1.conf > /tmp/w/$1.log 2>&1 || cat /tmp/w/$1.log
  ip netns exec ap ip address replace 10.1.1.1/24 dev wlan0
}
terminal() {  # further lines of the network that wpa_supplicant is set to
  printf 'ctrl_interface=/run/wpa_supplicant\\nnetwork={\\nssid="Shop"\\nscan_freq=2412\\n%b}\\n' "$1" > /tmp/w/wpa.conf
  wpa_supplicant -B -i $name -D nl80211 -c /tmp/w/wpa.conf > /tmp/w/log 2>&1 || cat /tmp/w/log
  ip address replace 10.1.1.2/24 dev $name
}
until_wpa() {  # what wpa_cli's answer to $1 has to hold
  for _ in $(seq 150); do wpa_cli -i $name $1 2> /dev/null | grep -q "$2" && return; sleep 0.2; done; echo "no $2"
}
heard_with() {  # dBm; the simulated radio adds the sender's power to a number without a sign
  ip netns exec ap iw dev wlan0 set txpower fixed 0
  for phy in $shop $own; do
    echo 18446744073709551$((616 + $1)) > /sys/kernel/debug/ieee80211/$phy/hwsim/rx_rssi  # 2^64 and the level
  done
}
n() {
  p run generic/network --set network.interface=$name --set network.host=10.1.1.1 --set network.port=8583 \\
    --set network.private=true --set network.expect=10.1.1.2 "$@"
  causes
}
WPA2='wpa=2\\nwpa_key_mgmt=WPA-PSK\\nrsn_pairwise=CCMP\\nwpa_passphrase=rightpassword\\n'
EITHER='wpa=2\\nwpa_key_mgmt=WPA-PSK SAE\\nieee80211w=1\\nrsn_pairwise=CCMP\\nwpa_passphrase=rightpassword\\n'
SAE='wpa=2\\nwpa_key_mgmt=SAE\\nieee80211w=2\\nrsn_pairwise=CCMP\\nwpa_passphrase=rightpassword\\n'
ip netns exec ap python -c '
import socket
server = socket.create_server(("", 8583))
while True: server.accept()[0].recv(1)' &
until_log() {  # what the kernel's log has to say of the terminal's radio
  for _ in $(seq 150); do dmesg | grep -q "$name: .*$1" && return; sleep 0.2; done; echo "no $1"
}
"""


def test_why_wpa_supplicant_does_not_join(guest: Guest) -> None:
    """Healthy, weak, wrong password by WPA2, WPA3 and either, hardware address not allowed, access point off."""
    script = (
        _RADIOS
        + """
    private() { grep -c Neighbour /tmp/record; grep -ciE '02:00:00:00|(right|wrong)password' /tmp/record; }
    refuse='macaddr_acl=1\\naccept_mac_file=/tmp/w/accept\\n'; : > /tmp/w/accept
    radios own0; access_point wlan0 Shop "$WPA2"
    terminal 'psk="rightpassword"\\n'; until_wpa status wpa_state=COMPLETED; echo "== healthy"; n; private
    heard_with -88; until_wpa signal_poll AVG_BEACON_RSSI=-8; echo "== weak"; n
    radios own1; access_point wlan0 Shop "$WPA2"; heard_with -88
    terminal 'psk="wrongpassword"\\n'; until_wpa list_networks TEMP-DISABLED; echo "== far"; n
    radios own2; access_point wlan0 Shop "$WPA2"
    terminal 'psk="wrongpassword"\\n'; until_wpa list_networks TEMP-DISABLED; echo "== password"; n; private
    radios own3; access_point wlan0 Shop "$SAE"
    terminal 'key_mgmt=SAE\\nieee80211w=2\\nsae_password="wrongpassword"\\n'
    until_wpa list_networks TEMP-DISABLED; echo "== sae"; n
    radios own4; access_point wlan0 Shop "$WPA2$refuse"
    terminal 'psk="rightpassword"\\n'; until_log denied; echo "== denied"; n
    radios own5; access_point wlan0 Shop "$EITHER"
    terminal 'key_mgmt=WPA-PSK SAE\\nieee80211w=1\\npsk="wrongpassword"\\n'
    until_wpa list_networks TEMP-DISABLED; echo "== either, password"; n
    radios own6; access_point wlan0 Shop "$EITHER$refuse"
    terminal 'key_mgmt=WPA-PSK SAE\\nieee80211w=1\\npsk="rightpassword"\\n'; until_log denied
    echo "== either, denied"; n
    radios own7
    terminal 'psk="rightpassword"\\n'; until_wpa scan_results Neighbour; echo "== absent"; n
    """
    )
    got = answers(guest("", script))
    assert got["healthy"] == ["exit 0", "causes", "0", "0"]
    assert got["password"] == ["exit 1", "causes NET-WIFI-PASSWORD", "0", "0"]
    named = {
        "weak": "WEAK", "far": "WEAK", "sae": "PASSWORD", "denied": "DENIED", "either, password": "PASSWORD",
        "either, denied": "DENIED", "absent": "ABSENT",
    }  # fmt: skip
    found = {name: got[name] for name in named}
    assert found == {name: ["exit 1", f"causes NET-WIFI-{code}"] for name, code in named.items()}


def test_why_network_manager_does_not_join(guest: Guest) -> None:
    """NetworkManager asks for another password and gives up: as root, and as a user who may read nobody's log."""
    script = (
        _RADIOS
        + """
    radios wlan1; access_point wlan0 Shop "$WPA2"
    mkdir -p /run/dbus; dbus-daemon --system --fork; NetworkManager
    for _ in $(seq 60); do nmcli -t general status 2> /dev/null | grep -q . && break; sleep 0.5; done
    nmcli connection add type wifi ifname wlan1 con-name shop ssid Shop wifi-sec.key-mgmt wpa-psk \\
      wifi-sec.psk wrongpassword ipv4.method manual ipv4.addresses 10.1.1.2/24 ipv6.method disabled > /dev/null
    nmcli --wait 60 connection up shop > /tmp/w/up 2>&1
    echo "== root"; n; cat /tmp/w/up >&2
    echo "== user"
    mkdir /tmp/w/home; chown nobody /tmp/w/home
    setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/tmp/w/home python -m diag.cli run generic/network \\
      --set network.interface=wlan1 --json > /tmp/record 2> /tmp/errors; echo "exit $?"; causes
    nmcli connection modify shop wifi-sec.psk rightpassword; nmcli --wait 60 connection up shop > /dev/null
    echo "== joined"; n
    """
    )
    got = answers(guest("", script))
    assert got["root"] == ["exit 1", "causes NET-WIFI-PASSWORD"]
    assert got["user"][0] == "exit 1"
    assert got["user"][1].split()[:2] == ["causes", "NET-WIFI-PASSWORD"]
    assert got["joined"] == ["exit 0", "causes"]
