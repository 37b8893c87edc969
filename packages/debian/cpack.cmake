# The settings of CPack for a Debian package of a folder that is laid out as installed files are:
# STAGE. VERSION, ARCHITECTURE and MAINTAINER are set by scripts/package, which includes this file.
set(CPACK_GENERATOR DEB)
set(CPACK_INSTALLED_DIRECTORIES "${STAGE};/")
set(CPACK_PACKAGE_NAME provider-emulator)
set(CPACK_PACKAGE_VENDOR provider-emulator)
set(CPACK_PACKAGE_VERSION ${VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_SET_DESTDIR OFF)
set(CPACK_PACKAGE_FILE_NAME "provider-emulator_${VERSION}_${ARCHITECTURE}")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE ${ARCHITECTURE})
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "${MAINTAINER}")
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "stands in for image-generation providers in tests")
set(CPACK_PACKAGE_DESCRIPTION
"One binary that answers as BFL, fal, WaveSpeed, Apiframe and Vtrix do. An
application's real SDK talks to it and cannot tell the difference; a YAML
scenario decides how long the provider takes, when it fails, what it flags
and when its links die.

Every API key is a sandbox of its own, with its own clock, scenario and seed,
so that a suite that runs in parallel shares one emulator.")
