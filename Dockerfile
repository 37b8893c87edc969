# The emulator and nothing else: a static binary, certificates for webhooks, licences.
#
#   scripts/package && docker build -t provider-emulator .
#   docker run --rm -p 4242:4242 provider-emulator
#
# In a container it listens on all addresses, so the control API wants a token: the one that it
# prints at the start, or that of `-e EMULATOR_CONTROL_TOKEN=...`.
FROM scratch
ARG TARGETARCH=amd64
COPY dist/container/${TARGETARCH}/ /
ENV EMULATOR_HOST=0.0.0.0
EXPOSE 4242
USER 65534:65534
ENTRYPOINT ["/provider-emulator"]
CMD ["serve"]
