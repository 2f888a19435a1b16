#!/usr/bin/env bash
# The safe rollout of the article, in the words of its own commands. Runs where the samples' folder
# `endpoints` is, with `cutover` in PATH; each step is checked, the first that is wrong ends it.
set -euo pipefail

az() {
	[ "$1" = ml ] && shift
	cutover "$@"
}

expect() { # expect WHAT WANTED GOT
	if [ "$2" != "$3" ]; then
		echo "$1: expected '$2', got '$3'" >&2
		exit 1
	fi
	echo "ok $1"
}

ENDPOINT_NAME=${ENDPOINT_NAME:-my-endpoint}
REQUEST=endpoints/online/model-1/sample-request.json
SAMPLE=endpoints/online/managed/sample

az configure --defaults group=local workspace=demo

# --- endpoint and blue
az ml online-endpoint create --name "$ENDPOINT_NAME" -f $SAMPLE/endpoint.yml >/dev/null
expect "endpoint state" Succeeded \
	"$(az ml online-endpoint show -n "$ENDPOINT_NAME" --query provisioning_state -o tsv)"
az ml online-deployment create --name blue --endpoint "$ENDPOINT_NAME" \
	-f $SAMPLE/blue-deployment.yml --all-traffic >/dev/null
expect "blue state" Succeeded \
	"$(az ml online-deployment show --name blue --endpoint "$ENDPOINT_NAME" --query provisioning_state -o tsv)"
expect "blue has all traffic" 100 \
	"$(az ml online-endpoint show -n "$ENDPOINT_NAME" --query traffic.blue -o tsv)"
blue_says=$(az ml online-endpoint invoke --name "$ENDPOINT_NAME" --request-file $REQUEST)
[ -n "$blue_says" ]
echo "ok blue answers $blue_says"

# --- scale
az ml online-deployment update --name blue --endpoint "$ENDPOINT_NAME" --set instance_count=2 \
	>/dev/null
expect "two instances" 2 \
	"$(az ml online-deployment show --name blue -e "$ENDPOINT_NAME" --query instance_count -o tsv)"

# --- green, without traffic
az ml online-deployment create --name green --endpoint "$ENDPOINT_NAME" \
	-f $SAMPLE/green-deployment.yml >/dev/null
expect "green gets nothing" 0 \
	"$(az ml online-endpoint show -n "$ENDPOINT_NAME" --query traffic.green -o tsv)"
green_says=$(az ml online-endpoint invoke --name "$ENDPOINT_NAME" --deployment-name green \
	--request-file $REQUEST)
[ "$green_says" != "$blue_says" ] || {
	echo "green answers like blue" >&2
	exit 1
}
echo "ok green answers $green_says"

# --- over HTTP, as any client
ENDPOINT_KEY=$(az ml online-endpoint get-credentials -n "$ENDPOINT_NAME" -o tsv --query primaryKey)
SCORING_URI=$(az ml online-endpoint show -n "$ENDPOINT_NAME" -o tsv --query scoring_uri)
status=$(curl --silent --noproxy '*' -o answer.txt -D headers.txt -w '%{http_code}' --request POST \
	"$SCORING_URI" --header "Authorization: Bearer $ENDPOINT_KEY" \
	--header 'Content-Type: application/json' --header "azureml-model-deployment: green" \
	--data @endpoints/online/model-2/sample-request.json)
expect "curl to green" 200 "$status"
expect "who answered curl" green \
	"$(sed -n 's/^azureml-model-deployment: *\([a-z]*\).*/\1/Ip' headers.txt)"
status=$(curl --silent --noproxy '*' -o /dev/null -w '%{http_code}' --request POST "$SCORING_URI" \
	--header 'Authorization: Bearer wrong' --data @$REQUEST)
expect "a wrong key" 401 "$status"

# --- mirror
az ml online-endpoint update --name "$ENDPOINT_NAME" --mirror-traffic "green=10" >/dev/null
expect "mirrored share" 10 \
	"$(az ml online-endpoint show -n "$ENDPOINT_NAME" --query mirror_traffic.green -o tsv)"
expect "traffic stays" 100 \
	"$(az ml online-endpoint show -n "$ENDPOINT_NAME" --query traffic.blue -o tsv)"
for _ in {1..20}; do
	az ml online-endpoint invoke --name "$ENDPOINT_NAME" --request-file $REQUEST >/dev/null
done
az ml online-deployment get-logs --name green --endpoint "$ENDPOINT_NAME" | grep -q . ||
	{ echo "green has no logs" >&2; exit 1; }
echo "ok logs of green"
az ml online-endpoint update --name "$ENDPOINT_NAME" --mirror-traffic "green=0" >/dev/null
expect "mirror off" "" "$(az ml online-endpoint show -n "$ENDPOINT_NAME" \
	--query mirror_traffic.green -o tsv)"

# --- a tenth, then all
az ml online-endpoint update --name "$ENDPOINT_NAME" --traffic "blue=90 green=10" >/dev/null
expect "a tenth" "90 10" "$(az ml online-endpoint show -n "$ENDPOINT_NAME" --query traffic.blue -o tsv
) $(az ml online-endpoint show -n "$ENDPOINT_NAME" --query traffic.green -o tsv)"
az ml online-endpoint update --name "$ENDPOINT_NAME" --traffic "blue=0 green=100" >/dev/null
expect "all of it" 100 \
	"$(az ml online-endpoint show -n "$ENDPOINT_NAME" --query traffic.green -o tsv)"
expect "green answers undirected requests" "$green_says" \
	"$(az ml online-endpoint invoke --name "$ENDPOINT_NAME" --request-file $REQUEST)"

# --- clean up
az ml online-deployment delete --name blue --endpoint "$ENDPOINT_NAME" --yes --no-wait
az ml online-endpoint delete --name "$ENDPOINT_NAME" --yes --no-wait
for _ in {1..100}; do
	az ml online-endpoint show -n "$ENDPOINT_NAME" >/dev/null 2>&1 || break
	sleep 0.1
done
status=0
az ml online-endpoint show -n "$ENDPOINT_NAME" >/dev/null 2>&1 || status=$?
expect "gone" 3 "$status"
