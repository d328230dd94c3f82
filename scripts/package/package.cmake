# SPDX-License-Identifier: GPL-2.0-or-later
# The Debian package: `cpack` in the build directory makes it.
set(CTRLPASS_MAINTAINER "ctrlpass authors <maintainers@ctrlpass.invalid>" CACHE STRING
    "Who stands in the package as its maintainer: NAME <ADDRESS>")
set(CTRLPASS_PACKAGE_RELEASE 1 CACHE STRING "What follows the version in the package's version")

# Units that somebody may have enabled, which a removal then disables.
set(CTRLPASS_UNITS "")
file(GLOB units CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/scripts/systemd/*)
foreach(unit IN LISTS units)
    file(STRINGS ${unit} install_section REGEX "^\\[Install\\]")
    if(install_section)
        get_filename_component(unit ${unit} NAME)
        string(APPEND CTRLPASS_UNITS " ${unit}")
    endif()
endforeach()
string(STRIP "${CTRLPASS_UNITS}" CTRLPASS_UNITS)

# SOURCE_DATE_EPOCH gives another date.
if(DEFINED ENV{SOURCE_DATE_EPOCH})
    string(TIMESTAMP CTRLPASS_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)
else()
    file(TIMESTAMP ${PROJECT_SOURCE_DIR}/man/CHANGELOG.md CTRLPASS_DATE
         "%a, %d %b %Y %H:%M:%S +0000" UTC)
endif()

# postrm has to be one file.
file(READ ${CMAKE_CURRENT_LIST_DIR}/applied.sh CTRLPASS_APPLIED)
string(REGEX REPLACE "^# shellcheck[^\n]*\n#[^\n]*\n" "" CTRLPASS_APPLIED "${CTRLPASS_APPLIED}")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/applied.sh)

set(CTRLPASS_PACKAGE_DIR ${PROJECT_BINARY_DIR}/package)
foreach(name postinst prerm postrm changelog.Debian copyright)
    configure_file(${CMAKE_CURRENT_LIST_DIR}/${name}.in ${CTRLPASS_PACKAGE_DIR}/${name} @ONLY)
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME ctrlpass)
set(CPACK_PACKAGE_CONTACT "${CTRLPASS_MAINTAINER}")
set(CPACK_PACKAGE_VENDOR "ctrlpass authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "give USB controllers to virtual machines and take them back")
set(CPACK_PACKAGE_DESCRIPTION
    "Gives whole PCI USB controllers to libvirt guests through VFIO, as a TOML
profile says, and takes them back. It runs once: it looks, shows a plan, does
it, verifies every step and ends. What it changed is recorded first, so that
the machine can be put back exactly, also after a crash.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES TRUE)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/stage.cmake)
set(CPACK_CTRLPASS_PACKAGE_DIR ${CTRLPASS_PACKAGE_DIR})
set(CPACK_CTRLPASS_SOURCE_DIR ${PROJECT_SOURCE_DIR})

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${CTRLPASS_PACKAGE_RELEASE})
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Loaded when they are first needed, so the linker knows nothing of them; libvirt only with a guest.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libkmod2, libudev1, libsystemd0")
# sensible-editor stands in commands that doctor shows.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "libvirt0, pci.ids, sensible-utils")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "bash-completion, libvirt-daemon-system")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION TRUE)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${CTRLPASS_PACKAGE_DIR}/postinst ${CTRLPASS_PACKAGE_DIR}/prerm ${CTRLPASS_PACKAGE_DIR}/postrm)
include(CPack)
