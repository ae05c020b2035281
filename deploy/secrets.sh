#!/bin/sh
# Prints fresh secrets for docker-compose.yml: sh deploy/secrets.sh > .env
set -eu
umask 077
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
for name in LINK_SECRET SECRET_KEY RABBITMQ_PASSWORD POSTGRES_PASSWORD \
    ENROLLMENT_PASSWORD SCHEDULING_PASSWORD CERTIFICATES_PASSWORD NOTIFICATIONS_PASSWORD GATEWAY_PASSWORD STAFF_PASSWORD
do
    echo "$name=$(random)"
done
